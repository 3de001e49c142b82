"""Which of a file's assets are wanted: exact names first, then former symbols, then other spellings."""

from difflib import get_close_matches

from portfolio_study.data.files.filename import asset_of, says_asset
from portfolio_study.data.files.names import some
from portfolio_study.data.universe import Universe, write_universe
from portfolio_study.errors import DataError, ParameterError, UnknownNameError


def choose(
    have: list[str], wanted: Universe | None, default: Universe, file: str
) -> tuple[dict[str, str], str, list[str]]:
    """Find the wanted assets among those of a file.

    Parameters
    ----------
    have : list of str
        Names in the file.
    wanted : Universe or None
        What is asked for; None: every asset of the file.
    default : Universe
        The study's own universe; a file that holds these assets and no others has its name.
    file : str
        Name of the file.

    Returns
    -------
    chosen : dict
        Name in the file to name in the study.
    universe : str
        Name of the universe.
    notes : list of str
        What was decided.

    Raises
    ------
    UnknownNameError
        If the file has no such asset, or several that differ in case only; the nearest are named.
    DataError
        If it lacks tickers of a named universe.
    """
    if wanted is None:
        return _everything(have, default)
    found: dict[str, str] = {}
    notes = []
    missing = []
    for ticker in wanted.tickers:
        name = _find(ticker, wanted.aliases.get(ticker, ()), have, file)
        if name is None:
            missing.append(ticker)
        elif name in found:
            raise ParameterError(
                f"{found[name]} and {ticker} of the universe are both {name} in {file}: name it once"
            )
        else:
            found[name] = ticker
            if name != ticker:
                notes.append(f"{ticker} is {name!r} in the file")
    if not missing:
        return found, wanted.name, notes
    listed = some(have, 30)
    if wanted.name == "custom":
        near = nearest(missing[0], have)
        blank = near and " " in near[0]
        hint = f"In UNIVERSE that is written {write_universe(near[:1])}." if blank else ""
        raise UnknownNameError(f"ticker (in {file})", missing[0], have, near, hint)
    raise DataError(
        f"price file {file} lacks {len(missing)} of the {len(wanted.tickers)} tickers of {wanted.name}: "
        f"{', '.join(missing)}. It has {listed}: name some of these as UNIVERSE"
    )


def name_single(file: str, wanted: Universe | None) -> tuple[str, str]:
    """Name the asset of a file that has no tickers.

    Parameters
    ----------
    file : str
        Name of the file.
    wanted : Universe or None
        What is asked for.

    Returns
    -------
    ticker, note : str

    Raises
    ------
    ParameterError
        If the name of the file says another asset than the universe.
    """
    guess = asset_of(file)
    if wanted is None:
        return guess, (
            f"the file holds one asset without a ticker: it is called {guess} after the file {file}; "
            "UNIVERSE or another name of the file changes that"
        )
    if len(wanted.tickers) > 1:
        raise ParameterError(
            f"price file {file} holds one asset without a ticker, {guess} by its name; the universe asks for "
            f"{len(wanted.tickers)}: {some(wanted.tickers)}"
        )
    ticker = wanted.tickers[0]
    names = {n.upper() for n in (ticker, *wanted.aliases.get(ticker, ()))}
    words = {w for name in (guess, *_pieces(guess)) for w in (name, name.strip("^"))}
    if any(n in words or n.strip("^") in words for n in names):
        return (
            ticker,
            f"the file holds one asset without a ticker: it is taken for {ticker}, as the file "
            f"{file} is called",
        )
    if says_asset(file):
        raise ParameterError(
            f"price file {file} holds one asset without a ticker: the name of the file says "
            f"{guess}, the universe "
            f"{ticker}. Name the file {ticker}.csv if it holds {ticker}, or ask for "
            f"UNIVERSE={write_universe([guess])}"
        )
    return ticker, (
        f"neither the file {file} nor its name says whose prices it holds: they are taken for "
        f"{ticker}, as asked"
    )


def nearest(ticker: str, have: list[str]) -> list[str]:
    """Return the names that a ticker may stand for: as a word of a longer name, or nearly spelled so."""
    low = ticker.lower()
    words = [
        name for name in have if low in _pieces(name.lower()) or name.lower().lstrip("0") == low.lstrip("0")
    ]
    if words:
        return words[:3]
    close = get_close_matches(low, [n.lower() for n in have], n=1, cutoff=0.5)
    return [next(n for n in have if n.lower() == close[0])] if close else []


def _pieces(name: str) -> list[str]:
    return (
        "".join(c if c.isalnum() or c in "^=-&" else " " for c in name).split()
        + name.replace("_", " ").split()
    )


def _find(ticker: str, aliases: tuple[str, ...], have: list[str], file: str) -> str | None:
    for name in (ticker, *aliases):
        if name in have:
            return name
    for name in (ticker, *aliases):
        same = [n for n in have if n.lower() == name.lower()]
        if len(same) > 1:
            raise UnknownNameError(
                f"ticker (in {file})",
                ticker,
                have,
                same,
                "They differ in case: write one as it stands there.",
            )
        if same:
            return same[0]
    return None


def _everything(have: list[str], default: Universe) -> tuple[dict[str, str], str, list[str]]:
    """Use every asset of the file; say how that relates to the study's own universe."""
    exact = {t: n for t in default.tickers if (n := next((n for n in have if n.lower() == t.lower()), None))}
    if len(exact) == len(default.tickers) == len(have):
        return (
            {name: ticker for ticker, name in exact.items()},
            default.name,
            [f"the file holds the universe {default.name}"],
        )
    chosen = {name: name for name in have}
    if len(exact) == len(default.tickers):
        more = [n for n in have if n not in exact.values()]
        return (
            chosen,
            "custom",
            [
                f"all {len(have)} assets of the file are used: the {len(exact)} of {default.name}, "
                "the universe of paper 000, "
                f"and {len(more)} more ({some(more)}); UNIVERSE={default.name} leaves these out"
            ],
        )
    shared = f", {len(exact)} of the {len(default.tickers)} of {default.name} among them" if exact else ""
    if len(have) == 1:
        return chosen, "custom", [f"the file holds one asset, {have[0]}"]
    return chosen, "custom", [f"all {len(have)} assets of the file are used{shared}"]
