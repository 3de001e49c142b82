import os
import time

import pytest

from portfolio_study import yaml_text
from portfolio_study.errors import BuildError, LedgerError, ParameterError
from portfolio_study.yaml_text import parse_yaml, read_yaml


def laughs(levels):
    """Nine of nine of nine ...: a few lines that stand for 9 ** levels words."""
    first = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"
    more = (f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels))
    return "\n".join([first, *more])


def test_what_people_write_is_read():
    text = "base: &b {window: 50, from: 2015-01-01}\nown:\n  <<: *b\n  window: 20\nlist: [*b, 1.5, yes, ~]\n"
    found = parse_yaml(text, "my.yml", ParameterError)
    assert found["own"]["window"] == 20 and found["own"]["from"].year == 2015
    assert found["list"] == [found["base"], 1.5, True, None]
    assert parse_yaml("", "my.yml", ParameterError) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (laughs(9), r"my\.yml, line 6: the text stands for more than 200000 values.*write out"),
        ("a: &a [*a]", r"line 1: \*a stands inside itself"),
        ("[" * 10**6, "more than 40 deep"),
        ("{" * 10**5, "more than 40 deep"),
        ("\n" + "- " * 10**5, "line 2: .*more than 40 deep"),
        ("x: 0x" + "f" * 10**5, "line 1: a number or word of 100002 characters"),
        ("x: 1" + ":59" * 10**4, "a number or word of 30001 characters"),
        ("x: " + "9" * 4400, "a number or word of 4400 characters"),
        (
            "x: 2015-02-30",
            r"not valid YAML: line 1: 2015-02-30 cannot be read \(day is out of range.*quotation marks",
        ),
        ("x: [1,\n  {a: 2015-13-45}]", "not valid YAML: line 2: 2015-13-45 cannot be read"),
        (
            "x: [",
            "not valid YAML: line 1: did not find|not valid YAML: line 1: expected|not valid YAML: line 2",
        ),
        ("x:\n\ty: 1", "not valid YAML: line 2: a tab stands where YAML takes blanks only"),
        ("x: 'it\ny: 1", "not valid YAML: line [123]: [^<]*$"),
        ("a\0b", "not valid YAML"),
        (
            "!!python/object/apply:os.mkdir [built]",
            "not valid YAML: line 1: could not determine a constructor",
        ),
        ("!!python/name:os.system", "not valid YAML: line 1: could not determine a constructor"),
        ("x: " + "words " * 10**6, "more than 4 MiB"),
    ],
)
def test_bombs_and_code_are_refused_at_once(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    began = time.process_time()
    for refuse in (ParameterError, LedgerError):  # one is a ValueError, the other is none
        with pytest.raises(refuse, match=message):
            parse_yaml(text, "my.yml", refuse)
    assert time.process_time() - began < 5 and list(tmp_path.iterdir()) == []


def test_the_slower_reader_keeps_the_same_bounds(monkeypatch):
    monkeypatch.setattr(yaml_text, "LOADER", yaml_text.yaml.SafeLoader)
    for text in (laughs(9), "[" * 10**4, "{" * 10**4, "- " * 10**4):
        with pytest.raises(LedgerError, match=r"values|deep"):
            parse_yaml(text, "my.yml", LedgerError)


def test_files_that_are_no_text_of_a_few_pages(tmp_path):
    path = tmp_path / "my.yml"
    with pytest.raises(BuildError, match=r"my\.yml is missing"):
        read_yaml(path, BuildError)
    with pytest.raises(BuildError, match="cannot be read"):
        read_yaml(tmp_path, BuildError)
    path.write_bytes(b"a: \xff")
    with pytest.raises(BuildError, match=r"byte 3 is no UTF-8"):
        read_yaml(path, BuildError)
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), 2**40)  # takes no space, and no time: it is not read to its end
    with pytest.raises(BuildError, match="more than 4 MiB"):
        read_yaml(path, BuildError)
    path.write_bytes("\ufeffa: 1\r\nb: é\r\n".encode())
    assert read_yaml(path, BuildError) == {"a": 1, "b": "é"}
