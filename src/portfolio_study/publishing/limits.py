"""Values that the parameters of a chapter may have, so that no page breaks on another after an hour's work."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from portfolio_study.errors import ParameterError
from portfolio_study.publishing.notebooks import Chapter

if TYPE_CHECKING:
    import pandas as pd

# The networks' own bounds: to export them from their modules would make hours of stored trainings stale.
RSI_ROWS = 13
"""First dates without a relative strength index, which the networks read."""
LEAST_SEQUENCES = 10
"""Sequences without which no part of the networks' dates is used (`split_rows`)."""


@dataclass(frozen=True)
class Given:
    """What a limit may depend on.

    Attributes
    ----------
    parameters : mapping
        All parameters of the chapter.
    dates : DatetimeIndex, optional
        Of the prices; None before they are loaded: limits that depend on them are then kept.
    """

    parameters: Mapping[str, Any]
    dates: "pd.DatetimeIndex | None" = None


Keeps = Callable[[Any, Any, Given], bool]
Words = Callable[[Any, Given], str]


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values))


def _is_date(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def fewest_dates(window: int) -> int:
    """Dates from which training, validation and test of the networks have sequences of a length.

    Examples
    --------
    >>> fewest_dates(50)
    385
    """
    from portfolio_study.forecasting.lstm_data import TEST_SHARE, VALIDATION_SHARE  # imports pandas

    def enough(rows: int) -> bool:
        test = round(TEST_SHARE * rows)
        validation = round(VALIDATION_SHARE * (rows - test))
        parts = (rows - test - validation - 2 * window, validation - window, test)
        return min(parts) >= LEAST_SEQUENCES

    return bisect_left(range(10 * window + 200), True, key=enough) + RSI_ROWS


def most_blocks(dates: int) -> int:
    """Blocks of test dates, of so many dates, before each of which networks can be trained."""
    from portfolio_study.forecasting.lstm_data import TEST_SHARE  # imports pandas

    return round(TEST_SHARE * (dates - RSI_ROWS)) // LEAST_SEQUENCES


def _returns(given: Given) -> int:
    return 0 if given.dates is None else len(given.dates) - 1


#: Of each limit of the front matter: whether a value keeps it, and in words what the value must be.
LIMITS: dict[str, tuple[Keeps, Words]] = {
    "least": (
        lambda value, limit, _: all(entry >= limit for entry in _entries(value)),
        lambda limit, _: f"at least {limit}",
    ),
    "most": (
        lambda value, limit, _: all(entry <= limit for entry in _entries(value)),
        lambda limit, _: f"at most {limit}",
    ),
    "entries": (
        lambda value, limit, _: len(_entries(value)) >= limit,
        lambda limit, _: f"a list with {limit} or more entries",
    ),
    "first": (
        lambda value, limit, _: _entries(value)[:1] == [limit],
        lambda limit, _: f"a list that begins with {limit}",
    ),
    "holds": (
        lambda value, limit, _: set(limit) <= set(_entries(value)),
        lambda limit, _: f"a list that holds {_listed(limit)}",
    ),
    "above": (
        lambda value, limit, given: value > given.parameters[limit],
        lambda limit, given: f"above the chapter's {limit}, which is {given.parameters[limit]}",
    ),
    "day": (lambda value, limit, _: _is_date(value), lambda limit, _: "a date like 2015-01-31"),
    "sequences": (
        lambda value, limit, given: value >= fewest_dates(given.parameters[limit]),
        lambda limit, given: (
            f"at least {fewest_dates(given.parameters[limit])}, so that training, validation and test have sequences "
            f"of {given.parameters[limit]} ({limit})"
        ),
    ),
    "blocks": (
        lambda value, limit, given: (
            given.parameters[limit] is None or value < most_blocks(given.parameters[limit])
        ),
        lambda limit, given: (
            f"at most {most_blocks(given.parameters[limit]) - 1} with {given.parameters[limit]} dates ({limit}), so that "
            f"{LEAST_SEQUENCES} test dates follow each training"
        ),
    ),
    "share": (
        lambda value, limit, given: given.dates is None or value <= _returns(given) // limit,
        lambda limit, given: (
            f"at most {_returns(given) // limit}, one for every {limit} returns of the prices"
        ),
    ),
}
ALL = "all"
"""Beside the limits of a number: None is allowed too, and takes all that there are."""


def limits_of(chapter: Chapter) -> dict[str, dict[str, Any]]:
    """``limits`` of a chapter's front matter, by parameter."""
    return dict(chapter.notebook.metadata.get("limits") or {})


def check_limits(
    chapter: Chapter,
    values: Mapping[str, Any],
    places: Mapping[str, str],
    dates: "pd.DatetimeIndex | None" = None,
) -> None:
    """Refuse parameters on which a chapter would fail, before anything runs.

    Parameters
    ----------
    chapter : Chapter
        ``limits`` of its front matter says for each parameter what it must be (`LIMITS`): ``least`` and ``most``
        (of a list: each entry), ``entries`` (least number), ``first`` (entry), ``holds`` (entries), ``above``
        (another parameter), ``day`` (a date); of a number of dates ``sequences`` (enough of them for networks that
        read so long a window), of a number of trainings ``blocks`` (of these dates). Once prices are loaded,
        ``share`` (one for so many returns).
    values : mapping
        All parameters of the chapter. None keeps every limit where the page's own value is None, or where
        ``all: true`` stands beside the limits.
    places : mapping of str to str
        Where ``chapter.parameter`` was set; the page itself by default.
    dates : DatetimeIndex, optional
        Of the prices, once they are loaded: a number of dates above theirs takes all of them.

    Raises
    ------
    ParameterError
        Names the parameter, its value, what it must be, and where it was set.
    """
    limits = limits_of(chapter)
    values, places = dict(values), dict(places)
    for name, own in limits.items():
        if dates is not None and "sequences" in own and (values[name] is None or values[name] > len(dates)):
            values[name] = len(dates)
            places[f"{chapter.name}.{name}"] = f"the prices have {len(dates)} dates"
    given = Given(values, dates)
    for name, own in limits.items():
        value = values[name]
        if value is None and (chapter.parameters[name] is None or own.get(ALL)):
            continue
        for kind, limit in own.items():
            if kind == ALL:
                continue
            keeps, words = LIMITS[kind]
            try:
                kept = value is not None and keeps(value, limit, given)
            except TypeError:  # a text in a list of numbers
                kept = False
            if not kept:
                full = f"{chapter.name}.{name}"
                place = places.get(full, "the page")
                if value is None:
                    raise ParameterError(
                        f"{full} has no value: write one, {words(limit, given)}, or leave it out ({place})"
                    )
                raise ParameterError(f"{full} must be {words(limit, given)}, got {value!r} ({place})")
