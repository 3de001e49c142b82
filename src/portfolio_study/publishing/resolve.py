"""The prices of a run: resolved once, then every chapter reads the same snapshot by its checksum."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portfolio_study.errors import DataError, StudyError
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.profiles import RunSettings
from portfolio_study.publishing.stamps import digest
from portfolio_study.store import file_hash


def request_digest(settings: RunSettings, code: str) -> str:
    """Hash of what determines the prices: the request, the content of a price file, code and lock."""
    content = file_hash(Path(settings.path)) if settings.path else None
    return digest(settings.prices, content, code)


def known_data(settings: RunSettings, layout: Layout, code: str) -> dict[str, Any] | None:
    """Return what an earlier run resolved the same request to, without loading anything.

    None if there is no such run, or the prices are to be fetched again.
    """
    path = _remembered(settings, layout, code)
    if settings.refresh or not path.is_file():
        return None
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None  # resolving again writes it anew


def resolve_data(settings: RunSettings, layout: Layout, code: str) -> dict[str, Any]:
    """Load the prices of a run.

    Parameters
    ----------
    settings : RunSettings
        Source, universe, dates and file.
    layout : Layout
        Where to remember the answer.
    code : str
        Hash of the code that loads prices (see `portfolio_study.publishing.stamps.data_code`).

    Returns
    -------
    dict
        ``PriceHistory.sample()`` and the manifest: source, universe, tickers, first and last
        date, rows, sha256, frequency, ohlcv, vendor, manifest.

    Raises
    ------
    StudyError
        If the prices cannot be had; nothing is written.
    """
    from portfolio_study.data import load_prices

    if settings.refresh:
        os.environ["STUDY_REFRESH"] = "1"
    prices = load_prices(**settings.prices)
    if not prices.sha256:
        raise StudyError(f"the source {settings.source} gave prices without a checksum")
    data = prices.sample() | {"manifest": json.loads(json.dumps(prices.manifest, default=str))}
    path = _remembered(settings, layout, code)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(data), encoding="utf-8")
    scratch.replace(path)
    return data


def stored_prices(data: Mapping[str, Any]) -> Any:
    """Return the prices that `resolve_data` described, from their snapshot: a `PriceHistory`."""
    from portfolio_study.data import load_prices

    return load_prices(snapshot=data["sha256"])


def require_enough(sample: Mapping[str, Any], settings: RunSettings) -> None:
    """Refuse prices that some chapter could not use, before any of them runs.

    Parameters
    ----------
    sample : mapping
        Of `resolve_data`.
    settings : RunSettings
        Its profile says how many dates the chapters need.

    Raises
    ------
    DataError
        For a single asset, or fewer dates than the profile needs.
    """
    if len(sample["tickers"]) < 2:
        raise DataError(
            f"the book is about portfolios and needs at least two assets, got {sample['tickers'][0]} "
            "alone: name more in UNIVERSE, or add columns to the price file"
        )
    if sample["rows"] < settings.least_rows:
        raise DataError(
            f"the prices have {sample['rows']} dates, {sample['first']} to {sample['last']}; the profile "
            f"{settings.profile} needs at least {settings.least_rows}: choose an earlier START or a later "
            "END, or a profile for shorter histories (PROFILE=smoke)"
        )


def _remembered(settings: RunSettings, layout: Layout, code: str) -> Path:
    return layout.store / f"data-{request_digest(settings, code)}.json"
