"""Named universes: which assets, over which dates, for which paper."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from portfolio_study.errors import ParameterError

#: Symbols that stand without quotation marks; a name of another kind is quoted, or separated by semicolons.
_SYMBOL = re.compile(r"^[A-Za-z0-9.^=_-]{1,20}$")
_LONGEST = 100


@dataclass(frozen=True)
class Universe:
    """Assets that belong together, with the dates that a study of them covers.

    Attributes
    ----------
    name : str
        Name in the study, or ``custom``.
    tickers : tuple of str
        Assets in order, under the symbols that Yahoo uses today (French portfolios: their own names).
    description : str
        What they are, in one line.
    start, end : str or None
        First and last date if none is asked for; None stands for all that the source has.
    frequency : str
        ``daily`` or ``monthly``.
    warning : str
        What every use of the universe must say, e.g. that it was chosen with hindsight.
    aliases : dict
        Former or other symbols of a ticker, under which a file may carry it.
    source : str
        The only source that carries it, besides a file of the reader; empty if several may.
    weighting : str
        How stocks are weighted in its portfolios, ``value`` or ``equal``; empty for single assets.
    """

    name: str
    tickers: tuple[str, ...]
    description: str
    start: str | None = None
    end: str | None = None
    frequency: str = "daily"
    warning: str = ""
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    weighting: str = ""


_DOW20 = "AXP BA CAT CSCO CVX DIS HD IBM INTC JNJ JPM KO MCD MMM MRK MSFT PG TRV VZ WMT"
_US20 = "AAPL AMD BAC BBY CVX GE HD JNJ JPM KO LLY MRK MSFT PEP PFE PG RRC UNH WMT XOM"
_FRENCH12 = "NoDur Durbl Manuf Enrgy Chems BusEq Telcm Utils Shops Hlth Money Other"
_FRENCH10 = "NoDur Durbl Manuf Enrgy HiTec Telcm Shops Hlth Utils Other"
_FRENCH49 = """
    Agric Food Soda Beer Smoke Toys Fun Books Hshld Clths Hlth MedEq Drugs Chems Rubbr Txtls BldMt Cnstr Steel
    FabPr Mach ElcEq Autos Aero Ships Guns Gold Mines Coal Oil Util Telcm PerSv BusSv Hardw Softw Chips LabEq
    Paper Boxes Trans Whlsl Rtail Meals Banks Insur RlEst Fin Other
"""
_HINDSIGHT = "the stocks were chosen with hindsight among survivors: average returns are biased upwards"
_BOUNCE = (
    "equal weights are restored every day at closing prices, which bounce between bid and ask: average returns "
    "of small stocks are biased upwards (Blume and Stambaugh 1983)"
)
_ALIASES: dict[str, tuple[str, ...]] = {"META": ("FB",), "^GSPC": ("SP500",), "^IXIC": ("NASDAQ",)}


def _grid(letter: str) -> tuple[str, ...]:
    return tuple(f"S{size}{letter}{rank}" for size in (1, 3, 5) for rank in (1, 3, 5))


def _five_by_five() -> tuple[str, ...]:
    """Name the 25 portfolios as the library does: the corners of the smallest and the biggest have words."""
    corners = {"ME1 BM1": "SMALL LoBM", "ME1 BM5": "SMALL HiBM", "ME5 BM1": "BIG LoBM", "ME5 BM5": "BIG HiBM"}
    names = [f"ME{size} BM{rank}" for size in range(1, 6) for rank in range(1, 6)]
    return tuple(corners.get(name, name) for name in names)


#: Sets of Kenneth French's library: portfolios, what they are, and the first date from which daily prices
#: are used (Compustat's accounts begin then) and from which all 49 industries have firms.
_LIBRARY: dict[str, tuple[tuple[str, ...], str, str | None]] = {
    "industry10": (tuple(_FRENCH10.split()), "10 US industry portfolios", None),
    "industry12": (tuple(_FRENCH12.split()), "12 US industry portfolios", None),
    "industry49": (tuple(_FRENCH49.split()), "49 US industry portfolios", "1969-07-01"),
    "size_bm25": (_five_by_five(), "25 US portfolios by size and book-to-market", "1963-07-01"),
}


def _library() -> list[Universe]:
    """Name each set in each frequency and weighting; without a word they are daily, weighted by value."""
    found = []
    for name, (tickers, what, start) in _LIBRARY.items():
        for frequency, tail in (("daily", ""), ("monthly", "_monthly")):
            for weighting, ending in (("value", ""), ("equal", "_equal")):
                how = "weighted by value" if weighting == "value" else "equally weighted"
                found.append(
                    Universe(
                        f"french_{name}{tail}{ending}",
                        tickers,
                        f"{what}, {frequency} total returns, {how} (Kenneth French's library)",
                        start or ("1963-07-01" if frequency == "daily" else None),
                        frequency=frequency,
                        warning=_BOUNCE if (frequency, weighting) == ("daily", "equal") else "",
                        source="french",
                        weighting=weighting,
                    )
                )
    return found


UNIVERSES: dict[str, Universe] = {
    universe.name: universe
    for universe in (
        Universe(
            "dow20",
            tuple(_DOW20.split()),
            "20 stocks that were in the Dow Jones Industrial Average from 2010 to 2024 (paper 000)",
            "2010-01-01",
            "2024-03-31",
            warning=_HINDSIGHT,
        ),
        Universe(
            "us20",
            tuple(_US20.split()),
            "20 large US stocks that an installed package carries (nine of the 20 of paper 000)",
            "2010-01-01",
            warning=_HINDSIGHT,
        ),
        Universe(
            "bigtech5",
            ("AAPL", "MSFT", "AMZN", "META", "GOOGL"),
            "the five technology stocks of paper 004 (META traded as FB until June 2022)",
            "2017-06-30",
            "2020-06-30",
            warning=_HINDSIGHT,
            aliases=_ALIASES,
        ),
        Universe(
            "sp500",
            ("^GSPC",),
            "S&P 500 price index, July 2017 to June 2020 (paper 004); dividends are not in it",
            "2017-06-30",
            "2020-06-30",
            aliases=_ALIASES,
        ),
        Universe(
            "sp500_ohlcv",
            ("^GSPC",),
            "S&P 500 price index with open, high, low and volume, 1999 to 2018",
            aliases=_ALIASES,
        ),
        Universe(
            "nasdaq",
            ("^IXIC",),
            "NASDAQ Composite price index with open, high, low and volume, 1999 to 2018",
            aliases=_ALIASES,
        ),
        Universe(
            "french12",
            tuple(_FRENCH12.split()),
            "12 US industry portfolios, monthly total returns (Kenneth French)",
            frequency="monthly",
            weighting="value",
        ),
        Universe(
            "french_size_value",
            _grid("V"),
            "9 of the 25 US portfolios sorted by size (S) and book-to-market (V), monthly (Kenneth French)",
            frequency="monthly",
        ),
        Universe(
            "french_size_momentum",
            _grid("M"),
            "9 of the 25 US portfolios sorted by size (S) and momentum (M), monthly (Kenneth French)",
            frequency="monthly",
        ),
        Universe(
            "us_market",
            ("Mkt",),
            "all US stocks weighted by capitalisation, monthly total returns to 2018 (Kenneth French)",
            frequency="monthly",
            weighting="value",
        ),
        *_library(),
    )
}


def resolve_universe(universe: str | Iterable[str] | Universe) -> Universe:
    """Turn a name or tickers into a universe.

    Parameters
    ----------
    universe : str, iterable of str, or Universe
        A named universe (``"dow20"``), tickers in one text (``"AAPL MSFT"`` or ``"AAPL,MSFT"``) or a
        list. Names with blanks or signs, as files may have them, stand in quotation marks
        (``"'aapl us equity' 'S&P 500'"``) or are separated by semicolons (``"aapl us equity; S&P 500"``).

    Returns
    -------
    Universe
        The named one, or one called ``custom`` without dates. Whether a source
        carries the tickers of a custom universe is for the source to say.

    Raises
    ------
    ParameterError
        If it is empty, names a ticker twice, leaves a quotation mark open, or has signs outside of
        quotation marks that no symbol has.
    """
    if isinstance(universe, Universe):
        return universe
    if isinstance(universe, str):
        if universe.strip() in UNIVERSES:
            return UNIVERSES[universe.strip()]
        tokens = _split(universe)
    else:
        tokens = [str(token).strip() for token in universe]
    if not tokens:
        raise ParameterError(
            f"the universe is empty: name one of {', '.join(UNIVERSES)}, or tickers such as 'AAPL MSFT'"
        )
    for token in tokens:
        if not token or len(token) > _LONGEST or not token.isprintable():
            raise ParameterError(
                f"{token[:_LONGEST]!r} is not a ticker: it has 1 to {_LONGEST} characters that can be printed"
            )
    twice = sorted({token for token in tokens if tokens.count(token) > 1})
    if twice:
        raise ParameterError(f"the universe names {', '.join(twice)} twice: name each ticker once")
    return Universe("custom", tuple(tokens), "tickers chosen by the reader", aliases=_ALIASES)


def write_universe(names: Iterable[str]) -> str:
    """Write names as the flag ``UNIVERSE`` takes them: in quotation marks where they are no symbols.

    Parameters
    ----------
    names : iterable of str
        Names of assets.

    Returns
    -------
    str
        For example ``"'aapl us equity' MSFT"``, with the outer quotation marks of a shell.
    """
    quoted = []
    for name in names:
        mark = '"' if "'" in name else "'"
        quoted.append(name if _SYMBOL.match(name) else f"{mark}{name}{mark}")
    text = " ".join(quoted)
    return text if len(quoted) == 1 and _SYMBOL.match(quoted[0]) else f'"{text}"'


def require_symbols(universe: Universe) -> None:
    """Refuse names that no exchange or vendor gives to an asset; only files may have them.

    Raises
    ------
    ParameterError
        Naming the first.
    """
    for ticker in universe.tickers:
        if not _SYMBOL.match(ticker):
            raise ParameterError(
                f"{ticker!r} is not a ticker: letters, digits and . ^ = _ - are allowed (others in "
                "files only)"
            )


def _split(text: str) -> list[str]:
    """Split a text into names: at semicolons if there are any, else at blanks and commas, quotes apart."""
    tokens: list[str] = []
    rest = text.strip()
    if ";" in re.sub(r"'[^']*'|\"[^\"]*\"", "", rest):
        return [name for part in rest.split(";") if (name := part.strip(" ,'\"\t\r\n"))]
    while rest := rest.lstrip(" ,\t\r\n\f\v"):
        mark = rest[0] if rest[0] in "'\"" else ""
        if mark:
            name, closed, rest = rest[1:].partition(mark)
            if not closed:
                raise ParameterError(f"the universe leaves a quotation mark open: {mark}{name}")
            tokens.append(name.strip())
            continue
        name = re.split(r"[\s,]", rest, maxsplit=1)[0]
        rest = rest[len(name) :]
        if not _SYMBOL.match(name):
            raise ParameterError(
                f"{name!r} is not a ticker: letters, digits and . ^ = _ - are allowed; names of a file that "
                "have others stand in quotation marks: UNIVERSE=\"'S&P 500' 'KO|PEP'\""
            )
        tokens.append(name)
    return tokens
