"""A profile as a file of YAML: its sections, checked, and the line on which each name stands."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.publishing.layout import Layout

ENDINGS = (".yml", ".yaml")
RUN = "run"
EMPTY = "tag:yaml.org,2002:null"
RUN_KEYS = (
    "source",
    "universe",
    "start",
    "end",
    "least_rows",
    "chapters_at_a_time",
    "share_processors",
    "first",
)
#: Keys that only a reader's own file has: the profile whose scale it takes, a file of prices and its vendor.
OWN_KEYS = ("scale", "data", "vendor", *RUN_KEYS)


@dataclass(frozen=True)
class ProfileFile:
    """Sections of a profile.

    Attributes
    ----------
    name : str
        ``smoke``; of a reader's own file the name of the file, ``my.yml``.
    path : pathlib.Path
    own : bool
        Whether it is a reader's file, not one of ``book/profiles``.
    run : dict
        Section ``run``.
    chapters : dict of str to dict
        Sections of the chapters that it scales.
    lines : dict of tuple to int
        Section, or section and name, to its line.
    """

    name: str
    path: Path
    own: bool
    run: dict[str, Any] = field(default_factory=dict)
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)

    def place(self, *names: str) -> str:
        """Words that say where a section or a name of it stands: ``profile my.yml, line 3``."""
        line = f", line {self.lines[names]}" if names in self.lines else ""
        return f"profile {self.name}{line}" if self.own else f"profile {self.name} ({self.path.name}{line})"


def profile_names(layout: Layout) -> list[str]:
    """Names of the profiles of this checkout."""
    return sorted(path.stem for path in (layout.book / "profiles").glob("*.yml"))


def read_profile(layout: Layout, name: str) -> ProfileFile:
    """Read ``book/profiles/<name>.yml``, or a reader's own file, which is named with its ending.

    Parameters
    ----------
    layout : Layout
    name : str
        ``smoke``, or a path: ``my.yml``.

    Raises
    ------
    UnknownNameError
        If there is no such profile, or its section ``run`` has an unknown key.
    ParameterError
        If there is no such file, it is no mapping of sections, or a name stands twice in it.
    """
    names = profile_names(layout)
    own = name.endswith(ENDINGS) or "/" in name
    if not own and name not in names:
        raise UnknownNameError("profile", name, names, remedy=_remedy(name, names))
    path = Path(name) if own else layout.book / "profiles" / f"{name}.yml"
    if own and not path.is_file():
        raise ParameterError(_missing(path, names))
    found = _parsed(ProfileFile(path.name if own else name, path, own))
    known = OWN_KEYS if own else RUN_KEYS
    for key in found.run:
        if key not in known:
            raise UnknownNameError(f"key of section `run` in {found.place(RUN, key)}:", key, known)
    return found


def _remedy(name: str, names: list[str]) -> str:
    beside = [ending for ending in ENDINGS if Path(f"{name}{ending}").is_file()]
    if beside:
        return f"a file of your own is named with its ending: PROFILE={name}{beside[0]}"
    return f"valid: {', '.join(names)}, or a file of your own with its ending, my.yml"


def _missing(path: Path, names: list[str]) -> str:
    folder = path.absolute().parent
    if path.is_dir():
        there = sorted(entry.name for entry in path.iterdir() if entry.name.endswith(ENDINGS))
        which = f", such as PROFILE={path / there[0]}" if there else f" that ends in {' or '.join(ENDINGS)}"
        return f"the profile {path} is a folder: name a file of it{which}"
    if path.exists():
        return f"the profile {path} is a pipe or a device: name a file"
    message = f"the profile {path} does not exist: {path.name} was looked for in {folder}"
    if not folder.is_dir():
        return f"{message}, a folder that does not exist"
    there = [entry.name for entry in folder.iterdir() if entry.name.endswith(ENDINGS)]
    if near := get_close_matches(path.name, [*there, *(f"{n}.yml" for n in names)], n=1, cutoff=0.6):
        meant = path.with_name(near[0]) if near[0] in there else near[0].removesuffix(".yml")
        message += f"; did you mean PROFILE={meant}?"
    return message


def _parsed(empty: ProfileFile) -> ProfileFile:
    """Read the text of a file into its sections."""
    import yaml

    from portfolio_study.yaml_text import parse_yaml, yaml_text

    path, wrong = empty.path, f"{empty.path} must hold sections with `name: value` lines"
    text = yaml_text(path, ParameterError)
    content = parse_yaml(text, str(path), ParameterError)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return empty
    if not isinstance(root, yaml.MappingNode):
        raise ParameterError(f"{wrong}, and begins with something else")
    lines: dict[tuple[str, ...], int] = {}
    for section, inner in root.value:
        _note(lines, (str(section.value),), section, path)
        if isinstance(inner, yaml.MappingNode):
            for key, _ in inner.value:
                _note(lines, (str(section.value), str(key.value)), key, path)
        elif inner.tag != EMPTY:
            raise ParameterError(f"{wrong}; line {section.start_mark.line + 1}: {section.value}")
    sections = {str(name): dict(values or {}) for name, values in content.items()}
    run = sections.pop(RUN, {})
    return ProfileFile(empty.name, path, empty.own, run, sections, lines)


def _note(lines: dict[tuple[str, ...], int], names: tuple[str, ...], node: Any, path: Path) -> None:
    line = node.start_mark.line + 1
    if names in lines:
        raise ParameterError(f"{path}: {'.'.join(names)} stands twice, on lines {lines[names]} and {line}")
    lines[names] = line
