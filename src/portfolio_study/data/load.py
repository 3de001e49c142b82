"""One door to prices: choose a source, check what it delivers, keep a checksummed copy."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.checks import sessions_per_year
from portfolio_study.data import snapshot as snapshots
from portfolio_study.data.fetched import Fetched, parse_dates
from portfolio_study.data.files.content import LARGEST
from portfolio_study.data.history import PriceHistory
from portfolio_study.data.packaged import DEFAULT_UNIVERSE, load_packaged, packaged_manifest
from portfolio_study.data.recognise_vendor import declare_vendor, require_vendor
from portfolio_study.data.risk_free import CARRIED, ends_too_early, risk_free_rate
from portfolio_study.data.universe import UNIVERSES, Universe, require_symbols, resolve_universe
from portfolio_study.errors import ParameterError, SnapshotError, SourceError, UnknownNameError
from portfolio_study.settings import in_build
from portfolio_study.store import file_hash, prices_checksum, source_key

SOURCES = ("packaged", "yahoo", "french", "file", "synthetic")
STUDY_UNIVERSE = "dow20"
# First date of a custom universe of stocks: that of paper 000.
STUDY_START = "2010-01-01"
_log = logging.getLogger(__name__)


def load_prices(
    source: str = "packaged",
    universe: str | Iterable[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    path: str | os.PathLike[str] | None = None,
    snapshot: str | None = None,
    *,
    vendor: str | None = None,
    refresh: bool | None = None,
    **options: Any,
) -> PriceHistory:
    """Load the prices of a universe.

    Parameters
    ----------
    source : {"packaged", "yahoo", "french", "file", "synthetic"}
        Where they come from. ``packaged`` needs no network: installed packages carry the data.
        ``french`` is Kenneth French's data library: prices are compounded from its returns.
    universe : str or list of str, optional
        A named universe or tickers (``"AAPL MSFT"``). Default: the 20 stocks of paper 000;
        a source that does not carry them uses its own universe instead and says so, and a file
        gives all of its assets.
    start, end : str, optional
        First and last date, both included; where prices are compounded from returns, dates of the first
        and the last return. Default: the dates of the universe; where it has
        no last date, the last complete session.
    path : path, optional
        Price file, for the source ``file``: see `portfolio_study.data.files.load_file`.
    snapshot : str, optional
        Checksum of a stored snapshot: it is read, and nothing else is done.
    vendor : str, optional
        Whose prices a file holds, where its numbers do not say: one of
        `portfolio_study.data.recognise_vendor.VENDORS`. The manifest says that it was declared;
        a file that says otherwise is refused.
    refresh : bool, optional
        Fetch again although a snapshot answers the request. Default: ``STUDY_REFRESH=1``.
    **options
        For the source: ``session``, ``sleep``, ``timeout``, ``attempts`` (yahoo, french), ``now``
        (yahoo), ``weighting``, ``base_url`` (french), ``today`` (file), ``seed`` (synthetic).

    Returns
    -------
    PriceHistory

    Raises
    ------
    StudyError
        With one clear message that names the ticker, date, file or parameter.

    Examples
    --------
    >>> prices = load_prices(universe="AAPL MSFT", start="2015-01-01")
    >>> prices.tickers
    ['AAPL', 'MSFT']
    """
    if source not in SOURCES:
        raise UnknownNameError("source", source, SOURCES)
    start, end = _empty_to_none(start), _empty_to_none(end)
    parse_dates(start, None if _is_latest(end) else end)
    if path is not None and str(path) and source != "file":
        raise ParameterError(f"path {str(path)!r} is for the source 'file'; the source is {source!r}")
    vendor = _empty_to_none(vendor)
    if vendor is not None:
        require_vendor(vendor)
        if source != "file":
            raise ParameterError(f"vendor {vendor!r} is for the source 'file'; the source is {source!r}")
    wanted = None if universe is None else resolve_universe(universe)
    _require_source(source, wanted)
    key = snapshots.request_key(_request(source, wanted, start, end, path, options))
    # What was decided about a reader's own file, or in place of a universe, is no detail.
    loud = (source == "file" or wanted is None) and not in_build()
    if snapshot:
        return _say(_declared(snapshots.read(snapshot, key), vendor), loud)
    if not (_refresh_asked() if refresh is None else refresh):
        stored = _stored(key)
        if stored is not None:
            return _say(_declared(stored, vendor), loud)
    fetched = _fetch(source, wanted, start, end, path, options)
    prices = build_history(source, fetched)
    snapshots.store(prices, key)
    return _say(_declared(prices, vendor), loud)


def build_history(source: str, fetched: Fetched) -> PriceHistory:
    """Check fetched prices, add the risk-free rate and describe everything in a manifest.

    Parameters
    ----------
    source : str
        Name of the source.
    fetched : Fetched
        Prices between the wanted dates.

    Returns
    -------
    PriceHistory

    Raises
    ------
    DataError
        If the prices are not usable (see `portfolio_study.data.quality.validate`).
    """
    from portfolio_study.data.quality import unusual_bars, validate

    validate(fetched)
    dates = pd.DatetimeIndex(fetched.close.index)
    rate, parts = risk_free_rate(
        dates, fetched.frequency, fetched.bill, sessions_per_year(dates), fetched.rate, fetched.four_weeks
    )
    carried = [
        f"riskless rate, {p['first']} to {p['last']}: {p['text']}" for p in parts if p["kind"] == CARRIED
    ]
    history = PriceHistory(
        close=fetched.close,
        ohlcv=fetched.ohlcv,
        risk_free=rate,
        source=source,
        universe=fetched.universe,
        frequency=fetched.frequency,
    )
    digest = prices_checksum(snapshots.contents(history))
    manifest = {
        **fetched.details,
        "source": source,
        "universe": fetched.universe,
        "frequency": fetched.frequency,
        "vendor": fetched.vendor,
        "calendar": fetched.calendar,
        "tickers": history.tickers,
        "fields": list(fetched.ohlcv) if fetched.ohlcv else ["adj_close"],
        "first": f"{fetched.close.index[0]:%Y-%m-%d}",
        "last": f"{fetched.close.index[-1]:%Y-%m-%d}",
        "rows": len(fetched.close),
        "notes": [*fetched.notes, *carried],
        "risk_free": parts,
        "sha256": digest,
        "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": _versions("numpy", "pandas", "pyarrow", "yfinance", "skfolio", "linearmodels", "arch"),
    }
    if fetched.bars:
        manifest["bars"] = {"fields": list(fetched.bars), **unusual_bars(fetched.bars)}
    return replace(history, sha256=digest, manifest=manifest)


def _declared(prices: PriceHistory, vendor: str | None) -> PriceHistory:
    """Add a reader's word on the vendor; what is stored of the file stays what the file says."""
    return prices if vendor is None else declare_vendor(prices, vendor)


def _say(prices: PriceHistory, loud: bool) -> PriceHistory:
    """Say the notes of prices, each time they are loaded: a stored answer has the same ones.

    Chapters of a build stay silent: the page on data prints the notes.
    """
    level = logging.WARNING if loud else logging.INFO
    for note in prices.manifest.get("notes", ()):
        _log.log(
            level, "%s: %s", prices.manifest["file"] if prices.source == "file" else prices.universe, note
        )
    return prices


def _fetch(
    source: str,
    wanted: Universe | None,
    start: str | None,
    end: str | None,
    path: Any,
    options: dict[str, Any],
) -> Fetched:
    """Ask one source, with the universe and dates that hold where none were given."""
    fetch: dict[str, Callable[..., Fetched]] = {
        "packaged": _fetch_packaged,
        "yahoo": _fetch_yahoo,
        "french": _fetch_french,
        "file": _fetch_file,
        "synthetic": _fetch_synthetic,
    }
    fetched = fetch[source](wanted, start, end, path, **options)
    named = UNIVERSES.get(fetched.universe)
    return replace(fetched, notes=(*fetched.notes, named.warning)) if named and named.warning else fetched


def _fetch_packaged(wanted: Universe | None, start: str | None, end: str | None, path: Any) -> Fetched:
    note: tuple[str, ...] = ()
    if wanted is None:
        wanted = UNIVERSES[DEFAULT_UNIVERSE]
        shared = sorted(set(wanted.tickers) & set(UNIVERSES[STUDY_UNIVERSE].tickers))
        note = (
            f"the packaged data do not carry {STUDY_UNIVERSE}, the universe of paper 000; "
            f"{DEFAULT_UNIVERSE} is used instead, which has {len(shared)} of its "
            f"{len(UNIVERSES[STUDY_UNIVERSE].tickers)} stocks: {', '.join(shared)}",
        )
    fetched = load_packaged(wanted)
    start, end = _dates(wanted, start, end, fetched.frequency)
    fetched = fetched.between(start, end)
    return replace(fetched, notes=note + fetched.notes)


def _fetch_yahoo(
    wanted: Universe | None, start: str | None, end: str | None, path: Any, **options: Any
) -> Fetched:
    from portfolio_study.data.yahoo import fetch_yahoo

    wanted = wanted or UNIVERSES[STUDY_UNIVERSE]
    require_symbols(wanted)
    start, end = _dates(wanted, start, end, "daily")
    return _with_later_bills(fetch_yahoo(wanted, start or STUDY_START, end, **options), options)


def _fetch_french(
    wanted: Universe | None,
    start: str | None,
    end: str | None,
    path: Any,
    *,
    weighting: str | None = None,
    **options: Any,
) -> Fetched:
    from portfolio_study.data.french.library import fetch_french, order_of

    order = order_of(wanted, weighting)
    start, end = _dates(order.universe, start, end, order.frequency)
    return _with_later_bills(fetch_french(order, start, end, **options), options)


def _with_later_bills(fetched: Fetched, options: Mapping[str, Any]) -> Fetched:
    """Ask FRED for the yield of the 4-week bill on dates that no other rate covers."""
    dates = pd.DatetimeIndex(fetched.close.index)
    first = ends_too_early(dates, fetched.bill, fetched.rate)
    if first is None:
        return fetched
    from portfolio_study.data.fred import fetch_bill_yield

    early = first - pd.Timedelta(days=45)  # a month begins long before the date that it ends on
    patience = {name: options[name] for name in ("sleep", "timeout", "attempts") if name in options}
    try:
        return replace(fetched, four_weeks=fetch_bill_yield(early, dates[-1], **patience))
    except SourceError as error:
        note = f"no yield of the 4-week bill ({str(error).rstrip('.')}): the packaged rate is used"
        _log.warning(note)
        return replace(fetched, notes=(*fetched.notes, note))


def _fetch_file(
    wanted: Universe | None,
    start: str | None,
    end: str | None,
    path: Any,
    *,
    today: str | pd.Timestamp | None = None,
) -> Fetched:
    from portfolio_study.data.files import load_file
    from portfolio_study.data.moves import refuse_impossible

    if path is None or not str(path):
        raise ParameterError("the source 'file' needs a price file: DATA=prices.csv (or path=...)")
    asked_end = None if _is_latest(end) else end
    fetched = load_file(path, wanted, UNIVERSES[STUDY_UNIVERSE], start, asked_end, today)
    first, last = start, end
    if fetched.universe in UNIVERSES:
        first, last = _dates(UNIVERSES[fetched.universe], start, end, fetched.frequency)
    asked = fetched.between(start, asked_end)
    kept = fetched.between(first, None if _is_latest(last) else last)
    notes = kept.notes
    if len(kept.close) < len(asked.close):
        notes += (
            f"{len(asked.close) - len(kept.close)} rows of the file lie outside the dates of "
            f"{fetched.universe} ({first or 'its first date'} to {last or 'its last'}) and are not used; START and END choose others",
        )
    if kept.frequency == "daily":
        notes += tuple(refuse_impossible(kept.close))
    return replace(kept, notes=notes)


def _fetch_synthetic(
    wanted: Universe | None, start: str | None, end: str | None, path: Any, **options: Any
) -> Fetched:
    from portfolio_study.data.synthetic import load_synthetic

    return load_synthetic(wanted, start, None if _is_latest(end) else end, **options)


def _require_source(source: str, wanted: Universe | None) -> None:
    """Refuse a universe that only another source carries, before its names are looked for elsewhere."""
    if wanted is not None and wanted.source and source not in (wanted.source, "file"):
        raise SourceError(
            f"the source {source!r} does not carry the universe {wanted.name!r} ({wanted.description}): it "
            f"comes from SOURCE={wanted.source}, with a network, or from its file (SOURCE=file DATA=...); "
            "SOURCE=packaged UNIVERSE=french12 needs no network"
        )


def _dates(
    universe: Universe, start: str | None, end: str | None, frequency: str
) -> tuple[str | None, str | None]:
    """Fill in the dates of the universe; an explicit start or end always wins."""
    first = start or universe.start
    if first is None and universe.name == "custom" and frequency == "daily":
        first = STUDY_START
    last = None if _is_latest(end) else end or universe.end
    if start and last and not end and parse_dates(start, None)[0] > parse_dates(last, None)[0]:  # type: ignore[operator]
        last = None  # asked to begin after the paper's sample: run to the last session
    parse_dates(first, last)
    return first, last


def _is_latest(end: str | None) -> bool:
    return end is not None and str(end).strip().lower() == "latest"


def _empty_to_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _refresh_asked() -> bool:
    return os.environ.get("STUDY_REFRESH", "").strip().lower() in {"1", "true", "yes", "on"}


def _stored(key: str) -> PriceHistory | None:
    """Return the snapshot of a request; a damaged one is reported and fetched again."""
    try:
        manifest = snapshots.recall(key)
        return None if manifest is None else snapshots.read(manifest["sha256"], key)
    except SnapshotError as error:
        _log.warning("%s; fetching again", error)
        return None


def _request(
    source: str,
    wanted: Universe | None,
    start: str | None,
    end: str | None,
    path: Any,
    options: dict[str, Any],
) -> dict[str, Any]:
    """Everything that decides what a source would deliver; the network does not count."""
    request: dict[str, Any] = {
        "source": source,
        "universe": wanted.name if wanted else "default",
        "tickers": list(wanted.tickers) if wanted else [],
        "start": start,
        "end": end,
        "seed": options.get("seed"),
    }
    if source == "french":
        from portfolio_study.data.french.download import base_address
        from portfolio_study.data.french.library import order_of

        request |= order_of(wanted, options.get("weighting")).as_dict()
        request["from"] = base_address(options.get("base_url"))
    if source not in ("yahoo", "french"):  # an edit to this package must not force a download
        request["code"] = source_key(__name__)
    if source == "packaged":
        request["data"] = {name: about["sha256"] for name, about in packaged_manifest().items()}
    if source == "file" and path and (file := Path(path).expanduser()).is_file():
        if file.stat().st_size <= LARGEST:  # else it is refused, however long its hash would take
            request["data"] = file_hash(file)
        request["file"] = file.name  # the name may say whose prices they are
        from portfolio_study.data.files.french import factor_files

        if beside := {other.name: file_hash(other) for other in factor_files(file)}:
            request["factors"] = beside
    return request


def _versions(*names: str) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
