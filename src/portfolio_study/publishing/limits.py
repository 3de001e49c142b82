"""Values that the parameters of a chapter may have, so that no page breaks on another after an hour's work."""

from collections.abc import Callable, Mapping
from typing import Any

from portfolio_study.errors import ParameterError
from portfolio_study.publishing.notebooks import Chapter


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


#: Of each limit of the front matter: whether a value keeps it (value, limit, all parameters), and in words.
LIMITS: dict[str, tuple[Callable[[Any, Any, Mapping[str, Any]], bool], str]] = {
    "least": (lambda value, limit, _: all(entry >= limit for entry in _entries(value)), "at least {limit}"),
    "most": (lambda value, limit, _: all(entry <= limit for entry in _entries(value)), "at most {limit}"),
    "entries": (lambda value, limit, _: len(_entries(value)) >= limit, "a list with {limit} or more entries"),
    "first": (lambda value, limit, _: _entries(value)[:1] == [limit], "a list that begins with {limit}"),
    "holds": (lambda value, limit, _: set(limit) <= set(_entries(value)), "a list that holds {limit}"),
    "above": (
        lambda value, limit, given: value > given[limit],
        "above the chapter's {limit}, which is {other}",
    ),
}


def limits_of(chapter: Chapter) -> dict[str, dict[str, Any]]:
    """``limits`` of a chapter's front matter, by parameter."""
    return dict(chapter.notebook.metadata.get("limits") or {})


def check_limits(chapter: Chapter, values: Mapping[str, Any], places: Mapping[str, str]) -> None:
    """Refuse parameters on which a chapter would fail, before anything runs.

    Parameters
    ----------
    chapter : Chapter
        ``limits`` of its front matter says for each parameter what it must be: ``least`` and ``most`` (of a
        list: each entry), ``entries`` (least number), ``first`` (entry), ``holds`` (entries), ``above``
        (another parameter).
    values : mapping
        All parameters of the chapter; None, which the page resolves itself, keeps every limit.
    places : mapping of str to str
        Where ``chapter.parameter`` was set; the page itself by default.

    Raises
    ------
    ParameterError
        Names the parameter, its value, what it must be, and where it was set.
    """
    for name, limits in limits_of(chapter).items():
        value = values[name]
        if value is None:
            continue
        for kind, limit in limits.items():
            keeps, words = LIMITS[kind]
            try:
                kept = keeps(value, limit, values)
            except TypeError:  # a text in a list of numbers
                kept = False
            if not kept:
                shown = ", ".join(map(str, limit)) if isinstance(limit, list) else limit
                must = words.format(limit=shown, other=values.get(limit) if isinstance(limit, str) else None)
                full = f"{chapter.name}.{name}"
                raise ParameterError(f"{full} must be {must}, got {value!r} ({places.get(full, 'the page')})")
