"""The verdict rules: fixed before the run, one table that the page renders, one function a kind of claim.

Numbers without error follow rules 2, 3 and 9 of `RULES`, numbers with error rules 2, 4, 5 and 9,
directions rule 6, mathematical claims rule 8. Every function is pure: values in, verdict out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from portfolio_study.checks.confidence import POWER80, Z95, widened
from portfolio_study.errors import LedgerError

# Evidence: what a value was measured on.
PAPER_DATA = "paper data"
OTHER_DATA = "other data"
NO_DATA = "no data needed"

REPRODUCED = "reproduced"
DIRECTION_HOLDS = "direction holds"
DOES_NOT_HOLD = "does not hold"
INCONCLUSIVE = "inconclusive"
ERRATUM = "erratum"
NOT_TESTABLE = "not testable"
VERDICTS = (REPRODUCED, DIRECTION_HOLDS, DOES_NOT_HOLD, INCONCLUSIVE, ERRATUM, NOT_TESTABLE)

RULES = (
    "Estimand, sample, unit, benchmark, engine, primary reading, test and the smallest effect that matters are written down in the claims file before a run.",
    "Evidence is *paper data* only if assets, dates and vendor agree with the paper's; anything else is *other data*. Other data never reproduce and never refute an empirical number (such a claim stays *inconclusive*, whatever we measure); a direction is a statement about markets and not about one sample, so other data can support it or speak against it.",
    "A number without sampling error is *reproduced* if it agrees within half a unit of the paper's last digit or half the range over implementations, at most two percent, and if the trivial alternative lies outside that band.",
    "A number with sampling, seed or simulation error carries a standard error, ours and the paper's together: $s_{tot}^2 = s^2 + s_p^2 + h^2/3$, where $h$ is half a unit of the printed last digit.",
    rf"Such a number is *reproduced* if $|ours - paper| \le {Z95}\, s_{{tot}}$ and $|paper - null| \ge {POWER80}\, s_{{tot}}$; if only the first holds it is *inconclusive*; otherwise it *does not hold*.",
    "A direction is one contrast, signed as in the paper. It *holds* if the lower end of its 95 % interval, widened for all claims of the same table (Bonferroni), is above zero. It *does not hold* if the upper end is below the smallest effect that matters. Otherwise it is *inconclusive*.",
    "A statement about *each* or *all* units is tested on its worst unit; *best* must beat every rival; *significantly* needs significance.",
    "Mathematics is *reproduced* by a proof with an executable test; a counterexample makes an *erratum*, with a measure of what it changes.",
    "A match found after trying several readings counts only if chance would give one in fewer than five percent of the cases.",
    "Beside a test stands the effect that it could have detected with 80 % power: an empty result of a weak test is no evidence of absence.",
)
"""The rules in the order of their numbers, as MyST text."""

RELATIVE_CAP = 0.02
CHANCE = 0.05


@dataclass(frozen=True)
class Verdict:
    """A verdict with the reason that a reader can check."""

    verdict: str
    reason: str


def paper_number(text: str) -> float:
    """The number that a paper prints, e.g. ``"0.01896"`` or ``"11.4 %"`` (in its own unit).

    Raises
    ------
    LedgerError
        If the text does not start with a number.
    """
    match = re.match(r"\s*[<>]?=?\s*([-+]?\d[\d.]*(?:[eE][-+]?\d+)?)", text.replace(",", ""))
    if match is None:
        raise LedgerError(f"paper_value {text!r} is not a number")
    return float(match.group(1))


def half_unit(text: str) -> float:
    """Half a unit of the last digit that a paper prints: 0.000005 for ``"0.01896"``."""
    match = re.match(r"\s*([-+]?\d[\d.]*(?:[eE][-+]?\d+)?)", text.replace(",", ""))
    try:
        exponent = Decimal(match.group(1)).as_tuple().exponent if match else 0
    except InvalidOperation as error:
        raise LedgerError(f"paper_value {text!r} is not a number") from error
    return 0.5 * 10.0 ** int(exponent)


def band(paper: str, implementations: Sequence[float] = ()) -> float:
    """Half-width within which a deterministic number counts as the paper's (rule 3).

    ``max(half a unit of the last digit, half the range over implementations)``,
    at most 2 % of the number; a whole count (no decimal point) must agree
    within the same cap.
    """
    spread = (max(implementations) - min(implementations)) / 2 if implementations else 0.0
    width = max(half_unit(paper), spread)
    return min(width, RELATIVE_CAP * abs(paper_number(paper)))


def match_by_chance(width: float, candidates: Sequence[float]) -> float:
    """Probability that one of k readings falls into the band by chance (rule 9).

    With the candidates spread over a range R, one lands within `width` of a
    given number with probability ``min(1, 2 width / R)``, one of k with
    ``1 - (1 - p)^k``.
    """
    spread = max(candidates) - min(candidates)
    if spread == 0.0:
        return 1.0
    return 1.0 - (1.0 - min(1.0, 2 * width / spread)) ** len(candidates)


def judge_number(
    paper: str,
    value: float,
    evidence: str,
    *,
    benchmark: float | None = None,
    implementations: Sequence[float] = (),
    candidates: Sequence[float] = (),
) -> Verdict:
    """Verdict on a number without sampling error (rules 2, 3 and 9).

    Parameters
    ----------
    paper : str
        The number as printed.
    value : float
        Ours, in the same unit.
    evidence : str
        Evidence class.
    benchmark : float, optional
        Value of the trivial alternative.
    implementations, candidates : sequence of float
        Other implementations; all readings tried.
    """
    target, width = paper_number(paper), band(paper, (value, *implementations) if implementations else ())
    gap = abs(value - target)
    if evidence == OTHER_DATA:
        return Verdict(INCONCLUSIVE, f"{value:.6g} on other data than the paper's cannot confirm {paper}")
    if gap > width * (1 + 1e-9):
        return Verdict(DOES_NOT_HOLD, f"{value:.6g} differs from {paper} by {gap:.2g}, more than {width:.2g}")
    if benchmark is not None and abs(benchmark - target) <= width:
        return Verdict(
            INCONCLUSIVE, f"{value:.6g} agrees, but so does the trivial alternative {benchmark:.6g}"
        )
    if len(candidates) > 1 and (chance := match_by_chance(width, candidates)) >= CHANCE:
        return Verdict(
            INCONCLUSIVE, f"one of {len(candidates)} readings agrees; chance alone gives {chance:.0%}"
        )
    return Verdict(REPRODUCED, f"{value:.6g} agrees with {paper} within {width:.2g}")


def judge_noisy_number(
    paper: str,
    value: float,
    se: float,
    null: float,
    evidence: str,
    *,
    paper_se: float = 0.0,
    candidates: Sequence[float] = (),
) -> Verdict:
    """Verdict on a number with sampling, seed or simulation error (rules 2, 4 and 5).

    ``s_tot^2 = se^2 + paper_se^2 + h^2/3``: the last term is the variance of
    the paper's rounding, uniform within half a unit h of its last digit.

    Parameters
    ----------
    paper, value, evidence
        As for `judge_number`.
    se : float
        Standard error of `value`.
    null : float
        Value without the claimed effect.
    paper_se : float
        The paper's own error; 0 on the same dates.
    candidates : sequence of float
        All readings tried.
    """
    if se < 0 or paper_se < 0:
        raise LedgerError(f"standard errors must not be negative: {se}, {paper_se}")
    target, total = paper_number(paper), (se**2 + paper_se**2 + (half_unit(paper) ** 2) / 3) ** 0.5
    close, powerful = abs(value - target) <= Z95 * total, abs(target - null) >= POWER80 * total
    shown = f"{value:.4g} +- {total:.2g} against {paper}"
    if evidence == OTHER_DATA:
        return Verdict(INCONCLUSIVE, f"{shown}, on other data than the paper's")
    if not close:
        return Verdict(DOES_NOT_HOLD, f"{shown}: more than {Z95} standard errors apart")
    if not powerful:
        return Verdict(INCONCLUSIVE, f"{shown}: agrees, but could not be told from {null:.4g}")
    if len(candidates) > 1 and (chance := match_by_chance(Z95 * total, candidates)) >= CHANCE:
        return Verdict(
            INCONCLUSIVE, f"one of {len(candidates)} readings agrees; chance alone gives {chance:.0%}"
        )
    return Verdict(REPRODUCED, f"{shown}: within {Z95} standard errors; no effect would give {null:.4g}")


def judge_bound(
    paper: str, value: float, evidence: str, interval: tuple[float, float] | None = None
) -> Verdict:
    """Verdict on a number given as a bound, ``"<0.05"`` or ``">3"``.

    The interval, where there is one, must lie wholly on one side.
    """
    sign = -1.0 if paper.strip().startswith("<") else 1.0
    limit = paper_number(paper)
    low, high = sorted(sign * (bound - limit) for bound in (interval or (value, value)))
    shown = f"{value:.4g} against {paper}"
    if low > 0:
        return Verdict(DIRECTION_HOLDS if evidence == OTHER_DATA else REPRODUCED, shown)
    if high <= 0:
        return Verdict(INCONCLUSIVE if evidence == OTHER_DATA else DOES_NOT_HOLD, shown)
    return Verdict(INCONCLUSIVE, f"{shown}: the interval covers the bound")


def family_interval(
    value: float,
    interval: tuple[float, float],
    family: int,
    bounds: tuple[float | None, float | None] = (None, None),
) -> tuple[float, float]:
    """Widen a 95 % interval for a family of `family` claims (Bonferroni), inside what is possible.

    See `portfolio_study.checks.confidence.widened`.
    """
    if family < 1:
        raise LedgerError(f"a family has at least one member, got {family}")
    low, high = widened(value, interval, family)
    least, most = bounds
    return low if least is None else max(low, least), high if most is None else min(high, most)


def judge_direction(value: float, interval: tuple[float, float], smallest: float) -> Verdict:
    """Verdict on a direction (rule 6): a contrast signed as in the paper.

    Parameters
    ----------
    value : float
        The contrast; positive means that the paper is right.
    interval : tuple of float
        Its family-adjusted two-sided 95 % interval.
    smallest : float
        Smallest effect that matters.
    """
    low, high = interval
    shown = f"{value:.3g} [{low:.3g}, {high:.3g}]"
    if low > 0:
        return Verdict(DIRECTION_HOLDS, f"{shown}: above zero")
    if high < smallest:
        effect = f"the smallest effect that matters, {smallest:.3g}" if smallest else "zero"
        return Verdict(DOES_NOT_HOLD, f"{shown}: even the upper end is below {effect}")
    effect = f" nor below the smallest effect that matters, {smallest:.3g}" if smallest else " nor below zero"
    return Verdict(INCONCLUSIVE, f"{shown}: neither wholly above zero{effect}")


def judge_identity(holds: bool, erratum: str | None) -> Verdict:
    """Verdict on a mathematical statement (rule 8).

    Raises
    ------
    LedgerError
        If the statement fails and no erratum says what is right.
    """
    if holds:
        return Verdict(REPRODUCED, "proven, and checked by an executable test")
    if not erratum:
        raise LedgerError("a mathematical claim fails on the page, but no erratum is named")
    return Verdict(ERRATUM, f"refuted by a counterexample: erratum {erratum}")
