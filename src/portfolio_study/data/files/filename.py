"""Which asset the name of a file suggests, and whether it suggests any."""

from pathlib import Path

from portfolio_study.data.files.names import word_set

_SUFFIXES = (".gz", ".csv", ".txt", ".tsv", ".parquet", ".pq", ".dat")
#: Words in the name of a file that say nothing of whose prices it holds.
_PLAIN_WORDS = word_set(
    """
    price prices data download table historical history historicaldata export quotes quote stock stocks
    daily monthly weekly close closes file my new test sample series d day month eod output out book
    input ohlcv ohlc adjusted adj list results result values market returns raw final copy yahoo stooq us usd
    """
)


def asset_of(file: str) -> str:
    """Return the ticker that the name of a file suggests: ``aapl_daily.csv.gz`` holds AAPL."""
    stem = Path(file).name
    while stem.lower().endswith(_SUFFIXES):
        stem = stem[: stem.rindex(".")]
    telling = _telling(stem)
    return (telling[0] if len(telling) == 1 else stem).strip().upper()


def says_asset(file: str) -> bool:
    """Whether the name of a file says more than "prices" or "data"."""
    return bool(_telling(asset_of(file)))


def _telling(stem: str) -> list[str]:
    """Parts of a file's name that are neither numbers nor words such as "daily" and "prices"."""
    parts = stem.replace("(", "_").replace(")", "_").replace(" ", "_").split("_")
    return [
        part
        for part in parts
        if any(
            not w.isdigit() and w not in _PLAIN_WORDS for w in part.lower().replace("-", ".").split(".") if w
        )
    ]
