"""Whether a value was measured on a paper's own data, on other data, or needs none."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portfolio_study.ledger.claims import Claim
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.rules import NO_DATA, OTHER_DATA, PAPER_DATA

NO_SAMPLE = "no sample of the paper is tied to this statement"
SLACK_DAYS = 7  # a paper's calendar limits need not be sessions


def _days_apart(a: str, b: str) -> int:
    return abs((date.fromisoformat(str(a)[:10]) - date.fromisoformat(str(b)[:10])).days)


def differences(
    claim: Claim, sample: Mapping[str, Any], papers: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """How a measured sample differs from the paper's: assets, dates, vendor, frequency.

    Parameters
    ----------
    claim : Claim
        ``claim.needs["sample"]`` names the paper's sample; a claim about
        single tickers (``needs["tickers"]``) is compared on these only.
    sample : mapping
        ``Record.sample``.
    papers : mapping
        The named samples of ``samples.yml``.

    Returns
    -------
    list of str
        Empty if the value was measured on the paper's own data.
    """
    name = claim.needs.get("sample")
    if name is None:
        return [NO_SAMPLE]
    paper, found = papers[name], []
    tickers = claim.needs.get("tickers") or paper.get("tickers")
    if tickers is None and sample.get("universe") != paper.get("universe"):
        named = _with_words(str(sample.get("universe")), "custom", "some chosen for this run")
        dates = "" if "from" in paper else ", without dates"
        found.append(f"assets: {named}; the paper's: {paper.get('universe')}{dates}")
    if tickers is not None:
        lacking = sorted(set(tickers) - set(sample.get("tickers", ())))
        if lacking:
            found.append(f"without {', '.join(lacking[:5])}{' ...' if len(lacking) > 5 else ''}")
        elif "tickers" not in claim.needs and set(sample["tickers"]) != set(tickers):
            found.append("other assets besides the paper's")
    for limit, ours in (("from", "first"), ("to", "last")):
        if limit in paper and _days_apart(paper[limit], sample[ours]) > SLACK_DAYS:
            found.append(f"{limit} {str(sample[ours])[:10]} instead of {str(paper[limit])[:10]}")
    if "vendor" in paper and sample.get("vendor") != paper["vendor"]:
        named = _with_words(str(sample.get("vendor")), "unknown", "a file that names none")
        found.append(f"vendor: {named}; the paper's: {paper['vendor']}")
    if "frequency" in paper and sample.get("frequency") != paper["frequency"]:
        found.append(f"{sample.get('frequency')} instead of {paper['frequency']} prices")
    return found


def _with_words(names: str, unnamed: str, words: str) -> str:
    """Names joined by "and" as a list, with words for the one that is none."""
    *first, last = (words if name == unnamed else name for name in names.split(" and "))
    return f"{', '.join(first)} and {last}" if first else last


def lacking_scale(claim: Claim, records: Mapping[str, Record]) -> list[str]:
    """Where a run was smaller than the paper's: ``needs["at_least"]`` = {key: number}."""
    found = []
    for key, least in (claim.needs.get("at_least") or {}).items():
        measured = records.get(key)
        if measured is None or isinstance(measured.value, str) or measured.value < least:
            if measured is None:
                found.append(f"{key} is not recorded, the paper has {least}")
            else:
                found.append(f"{measured.unit or key}: {measured.value}, the paper has {least}")
    return found


def classify(
    claim: Claim, record: Record, records: Mapping[str, Record], papers: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str]:
    """Evidence class of a record for a claim, and what differs from the paper's data.

    Returns
    -------
    tuple of str
        ``("paper data" | "other data" | "no data needed", difference)``.
    """
    smaller = lacking_scale(claim, records)
    if record.sample is None:
        return (OTHER_DATA, "; ".join(smaller)) if smaller else (NO_DATA, "")
    different = differences(claim, record.sample, papers) + smaller
    return (OTHER_DATA, "; ".join(different)) if different else (PAPER_DATA, "")


def settled_by(claim: Claim) -> str:
    """Command that brings the data which a measurable claim lacks in a build; else who has them."""
    if claim.who:
        return claim.who
    if source := claim.needs.get("source"):
        return f"`make book SOURCE={source}`"
    assets = ", ".join(str(name) for name in claim.needs.get("tickers", ()))
    return (
        "`make book SOURCE=yahoo UNIVERSE=papers`, with a network, or `make book UNIVERSE=papers DATA=FOLDER`, "
        f"where FOLDER has files of the paper's assets{f' ({assets})' if assets else ''}"
    )


def unmet(claim: Claim, sample: Mapping[str, Any], part: bool = False) -> str:
    """Why a run's data cannot measure a claim at all; empty if it can.

    ``needs`` may name ``tickers``, ``fields: [ohlcv]``, ``frequency`` and
    ``min_assets``; and ``part``, the key of a record that was measured on the
    part of the data on which the claim is (see `judge_claims`).

    Parameters
    ----------
    claim : Claim
    sample : mapping
        What the chapter of the claim worked on (``PriceHistory.sample()``).
    part : bool
        Whether that is a part of the run's data, as the profile asks for: the
        reason then speaks of the chapter, not of the build.
    """
    needs = claim.needs
    whose = f"the part of the data that chapter {claim.chapter} uses" if part else "the data of this build"
    have = "has" if part else "have"
    lacking = sorted(set(needs.get("tickers") or ()) - set(sample.get("tickers", ())))
    if lacking:
        return f"{whose} {have} no {', '.join(lacking)}"
    if "ohlcv" in (needs.get("fields") or ()) and not sample.get("ohlcv"):
        return f"{whose} {have} closes only, no open, high, low and volume"
    if needs.get("frequency") and needs["frequency"] != sample.get("frequency"):
        found = sample.get("frequency")
        return f"the data of this build are {found}, the claim needs {needs['frequency']} prices"
    if needs.get("min_assets", 0) > len(sample.get("tickers", ())):
        return f"{whose} {have} fewer than {needs['min_assets']} assets"
    if needs.get("source") and needs["source"] != sample.get("source"):
        return f"needs the source {needs['source']}"
    return ""
