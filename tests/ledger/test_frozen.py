"""What is run on days after the papers cannot change unseen: a change needs a dated row."""

from pathlib import Path

import pytest
import yaml

from portfolio_study import store
from portfolio_study.errors import LedgerError, ParameterError
from portfolio_study.ledger import frozen
from portfolio_study.settings import project_root

CLAIM = {
    "id": "toy-gain",
    "paper": "000",
    "where": "Table 1",
    "group": "g",
    "kind": "direction",
    "statement": "it gains",
    "smallest_effect": 0.2,
    "headline": "main",
    "readings": {"corrected": {"measured_by": "gain"}},
}


def test_the_book_runs_what_is_frozen():
    parts = frozen.moved(project_root())
    assert not parts, (
        f"{', '.join(parts)} of the days after the papers changed since book/frozen.yml: if that is meant, "
        "`python -m portfolio_study freeze --what ... --why ...` adds a dated row"
    )


@pytest.fixture
def book(tmp_path):
    def write(**values):
        (tmp_path / "book" / "claims").mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / "samples.yml").write_text(
            yaml.safe_dump({"samples": {}, "smallest_effects": {}})
        )
        (tmp_path / "book" / "errata.yml").write_text("[]")
        (tmp_path / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump([CLAIM | values]))
        return tmp_path

    return write


def test_each_part_that_moves_needs_a_row_with_what_and_why(book, monkeypatch):
    root = book()
    assert frozen.moved(root) == ["code", "rules", "claims"] and frozen.frozen_table(root).empty
    assert frozen.freeze(root, "2026-01-01", "everything", "the first time") == ["code", "rules", "claims"]
    assert frozen.moved(root) == []
    with pytest.raises(ParameterError, match="are those that are frozen already"):
        frozen.freeze(root, "2026-01-02", "nothing", "no reason")
    book(statement="worded otherwise")
    assert frozen.moved(root) == []
    book(smallest_effect=0.3)
    assert frozen.moved(root) == ["claims"]
    with pytest.raises(ParameterError, match="must say why"):
        frozen.freeze(root, "2026-02-01", "the effect", " ")
    assert frozen.freeze(root, "2026-02-01", "the effect", "a slip") == ["claims"]
    assert [row["tag"] for row in frozen.read_frozen(root)] == ["frozen-1", "frozen-2"]
    monkeypatch.setattr(frozen, "RULES", ("ledger/words.py",))
    assert frozen.moved(root) == ["rules"]


def test_the_page_says_which_version_this_build_runs(book):
    root = book()
    frozen.freeze(root, "2026-01-01", "everything", "the first time")
    book(smallest_effect=0.3)
    assert frozen.frozen_table(root)["this build"].tolist() == [
        "runs other claims: what it shows is no test of this row"
    ]
    frozen.freeze(root, "2026-02-01", "the effect", "a slip")
    table = frozen.frozen_table(root)
    assert table.index.tolist() == ["frozen-2", "frozen-1"]
    assert table["this build"].tolist() == ["runs this", "an earlier version"]
    assert table["frozen"].tolist() == ["2026-02-01", "2026-01-01"]


def test_strategies_count_and_the_loading_of_prices_does_not():
    reached = store.import_closure(*frozen.STRATEGIES)
    parts = {file.relative_to(store.PACKAGE).as_posix() for file in reached}
    counted = {name for name in parts if Path(name).parts[0] in frozen.LAYERS}
    assert {"studies/since.py", "risk/garch.py", "allocation/daily.py", "evaluation/sharpe.py"} <= counted
    assert "data/load.py" in parts - counted


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"date": "2026-01-01"}], "row 1 lacks `tag`"),
        ([dict.fromkeys(frozen.FIELDS, "b"), dict.fromkeys(frozen.FIELDS, "a")], "go backwards"),
    ],
)
def test_a_file_that_is_wrong_is_named(book, rows, said):
    root = book()
    (root / "book" / "frozen.yml").write_text(yaml.safe_dump(rows))
    with pytest.raises(LedgerError, match=said):
        frozen.read_frozen(root)
