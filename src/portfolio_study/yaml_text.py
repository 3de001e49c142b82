"""YAML that a person wrote, read within bounds: plain values only, no code, no bomb.

`yaml.safe_load` builds nothing but plain values, but a few lines of it can stand for billions of them
(aliases of aliases), and a long row of brackets ends the process. So the text is walked once, before
anything is built from it.
"""

from pathlib import Path
from typing import Any

from portfolio_study.errors import StudyError, needing

with needing("book"):
    import yaml

#: Most bytes of a file; the longest file of claims has an eighth of a million.
MOST_BYTES = 2**22
#: Most values that a text may stand for, those behind aliases counted each time.
MOST_VALUES = 200_000
#: Most levels of lists and mappings inside each other.
MOST_LEVELS = 40
#: Most characters of a number or of a word without quotation marks; more digits take forever to read.
MOST_DIGITS = 1000
#: libyaml reads claims in a tenth of the time, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, refuse: type[StudyError]) -> Any:
    """Read a file of YAML.

    Parameters
    ----------
    path : pathlib.Path
    refuse : type
        Which error to raise.

    Returns
    -------
    object
        Mappings, lists, numbers, texts, dates, true, false and None.

    Raises
    ------
    StudyError
        Of the type `refuse`: if the file cannot be read, is no YAML in UTF-8, or exceeds a bound.
    """
    return parse_yaml(yaml_text(path, refuse), str(path), refuse)


def yaml_text(path: Path, refuse: type[StudyError]) -> str:
    """Return the text of a file that may be YAML.

    Raises
    ------
    StudyError
        Of the type `refuse`: if it cannot be read, is not in UTF-8, or has more than `MOST_BYTES` bytes.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise refuse(
                f"{path} has more than {MOST_BYTES / 2**20:.0f} MiB: no file of sections is that large"
            )
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise refuse(f"{path} is missing") from None
    except OSError as error:
        raise refuse(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise refuse(f"{path} cannot be read: byte {error.start} is no UTF-8; save it as UTF-8") from error


def parse_yaml(text: str, where: str, refuse: type[StudyError]) -> Any:
    """Read YAML from a text.

    Parameters
    ----------
    text : str
    where : str
        Where it stands, for messages.
    refuse : type
        Which error to raise.

    Raises
    ------
    StudyError
        Of the type `refuse`: if it is no YAML, nests deeper than `MOST_LEVELS`, or stands for more than
        `MOST_VALUES` values.
    """
    try:
        _walk(text, where, refuse)
        return yaml.load(text, LOADER)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: 2015-02-30 is read as a date
        if isinstance(error, refuse):
            raise
        raise refuse(f"{where} is not valid YAML: {_in_words(error, text)}") from error


def _in_words(error: Exception, text: str) -> str:
    """What is wrong with a text, in one line that names its line."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "it cannot be read"
        if "\t" in text[: mark.index + 1][text.rfind("\n", 0, mark.index) + 1 :]:
            problem = "a tab stands where YAML takes blanks only: indent with blanks"
        return f"line {mark.line + 1}: {problem}"
    if isinstance(error, ValueError) and (bad := _unreadable(text)):
        line, cell = bad
        return f"line {line}: {cell} cannot be read ({error}); correct it, or put a text in quotation marks"
    return " ".join(str(error).split())


def _unreadable(text: str) -> tuple[int, str] | None:
    """Line and text of the first value that looks like a date or a number and is none."""
    nodes: list[Any] = [yaml.compose(text, Loader=LOADER)]
    loader = LOADER("")
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except ValueError:
                return node.start_mark.line + 1, node.value
        elif isinstance(node, yaml.MappingNode):
            nodes = [part for pair in node.value for part in pair] + nodes
        elif isinstance(node, yaml.SequenceNode):
            nodes = [*node.value, *nodes]
    return None


def entry_lines(path: Path, refuse: type[StudyError]) -> list[int]:
    """The line on which each entry of a list of YAML begins, for messages; the file was read before."""
    root: Any = yaml.compose(yaml_text(path, refuse), Loader=LOADER)
    return [node.start_mark.line + 1 for node in root.value]


def _walk(text: str, where: str, refuse: type[StudyError]) -> None:
    """Count levels and values without building any."""
    if len(text) > MOST_BYTES:
        raise refuse(f"{where} has more than {MOST_BYTES / 2**20:.0f} MiB: no value is that large")
    sizes: dict[str, int] = {}  # what stands behind an anchor
    open_: list[tuple[str | None, int]] = []  # anchors of what is not closed, and the count before it
    values = 0
    event: Any
    for event in yaml.parse(text, LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise refuse(f"{where}, line {line}: *{event.anchor} stands inside itself: write it out")
            values += sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, values))
            values += 1
            if len(open_) > MOST_LEVELS:
                raise refuse(
                    f"{where}, line {line}: lists and mappings stand more than {MOST_LEVELS} deep inside each other"
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = values - before
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.style in (None, "") and len(event.value) > MOST_DIGITS and not event.value.count(" "):
                raise refuse(f"{where}, line {line}: a number or word of {len(event.value)} characters")
            if event.anchor:
                sizes[event.anchor] = 1
        if values > MOST_VALUES:
            raise refuse(
                f"{where}, line {line}: the text stands for more than {MOST_VALUES} values (aliases of aliases, "
                "*name?): write out what is needed, and no more"
            )
