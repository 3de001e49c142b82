"""The verdict rules: fixed before the run, one table that the page renders, one function a kind of claim.

Numbers without error follow rules 4 and 5 of `RULES`, numbers with error rules 4 and 6, directions
rule 7, samples rule 8, mathematical claims rule 9. Every function is pure: values in, verdict out.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from portfolio_study.checks.confidence import POWER80, Z95, detectable_effect, simultaneous_quantile, widened
from portfolio_study.errors import LedgerError

# Evidence: what a value was measured on.
PAPER_DATA = "paper data"
OTHER_DATA = "other data"
NO_DATA = "no data needed"

# Verdicts, a closed list.
REPRODUCED = "reproduced"  # of a number, on the paper's data
NOT_REPRODUCED = "not reproduced"
HOLDS = "holds"  # of a direction
DOES_NOT_HOLD = "does not hold"
CANNOT_BE_TOLD = "cannot be told"  # of both
TRUE_HERE = "true here"  # of a statement about a sample
FALSE_HERE = "false here"
PROVEN = "proven"  # of mathematics
CHECKED = "checked numerically"
ERRATUM = "erratum"
DEPENDS = "depends on the reading"  # of any
NOT_DEFINED = "not defined by the text"
LACKS_DATA = "lacks data"
NOT_PRINTED = "not printed"
NO_VERDICT = "no verdict"  # settings, definitions, opinions; numbers on other data
VERDICTS = (
    REPRODUCED, NOT_REPRODUCED, HOLDS, DOES_NOT_HOLD, CANNOT_BE_TOLD, TRUE_HERE, FALSE_HERE,
    PROVEN, CHECKED, ERRATUM, DEPENDS, NOT_DEFINED, LACKS_DATA, NOT_PRINTED, NO_VERDICT,
)  # fmt: skip

# Kinds of check (FORRT, Institute for Replication): counted apart, never added up.
REPRODUCTION = "computational reproduction"  # as published, on the paper's data
ROBUSTNESS = "robustness"  # corrected, on the paper's data
REPLICATION = "replication"  # on other data
MATHEMATICS = "mathematical check"
CHECKS = (REPRODUCTION, ROBUSTNESS, REPLICATION, MATHEMATICS)

RULES = (
    "A claim is what the text says: the whole sentence, its qualifiers included, with nothing put in. The whole sentence is read twice, independently; where the two readings disagreed, and how that ended, is printed. Definitions, settings and opinions have no verdict.",
    "The question is the paper's. *As published* computes it as the paper did; *corrected* may change how the data are handled or aligned, a leak, a unit, an engine or a test, but never the question. What this book asks beyond it stands under *also asked* and has no vote.",
    "What is judged is fixed before a run: sample, unit, benchmark, engine, test, family and the smallest effect that matters. A hash of these fields is registered; a change needs a row that says what, why, and which verdict moved.",
    "Evidence is *paper data* only if assets, dates (up to a week at each end), vendor and frequency agree with the paper's; anything else is *other data*. Other data neither reproduce nor refute a number: it is shown without a verdict. A direction is a statement about markets, which other data can support or speak against.",
    "A number without sampling error is *reproduced* if it agrees within half a unit of the paper's last digit or half the range over implementations, at most two percent, while a value that needs no model (zero, the sample mean) would not have agreed; otherwise it is *not reproduced*, or *cannot be told*.",
    rf"A number with sampling, seed or simulation error has a standard error, ours and the paper's together: $s_{{tot}}^2 = s^2 + s_p^2 + h^2/3$, where $h$ is half a unit of the printed last digit. It is *reproduced* if $|ours - paper| \le {Z95}\, s_{{tot}}$ and $|paper - null| \ge {POWER80}\, s_{{tot}}$; if only the first holds it *cannot be told*; otherwise it is *not reproduced*. A match found after trying several readings counts only if chance gives one in fewer than 5 % of the cases.",
    "A direction is one contrast, signed as in the paper. The $m$ claims made of one table or passage of a text are a family: each has the interval at the level $1 - .05/m$ wherever its verdict is told. A table of this book whose intervals hold together, or have another level, says so. It *holds* if the interval lies above zero, and *does not hold* if it lies below the smallest effect that matters; otherwise it *cannot be told*.",
    "*Each* and *all* are tested on the worst unit; *best* must beat every rival. A statement about a sample is *true here* or *false here*, with the number of units in which it is true; whether the difference is more than luck is another row.",
    "Mathematics is *proven* by an argument on the page; a check on random instances is *checked numerically*; a counterexample makes an *erratum*, with a measure of what it changes. Misprints, and ambiguities and omissions, are lists of their own.",
    "Beside a test stands the effect that it could have detected with 80 % power at the level of its family. A test could not have answered no if finding no effect at all would not have been one: its interval, moved to an estimate of zero, would still reach the smallest effect that matters. This is asked where that effect is above zero, of tests that did not answer no. Where such a test *cannot be told*, it was *too weak*.",
    "A table is one statement, and as good as its weakest row. Statements are counted whole, apart for each kind of check, and never added up over kinds.",
)
"""The rules in the order of their numbers, as MyST text."""

RELATIVE_CAP = 0.02
CHANCE = 0.05


@dataclass(frozen=True)
class Verdict:
    """A verdict with the reason that a reader can check.

    Attributes
    ----------
    verdict, reason : str
    weak : bool
        Whether the test could not have answered no (rule 10).
    """

    verdict: str
    reason: str
    weak: bool = False


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
    """Half-width within which a deterministic number counts as the paper's (rule 5).

    ``max(half a unit of the last digit, half the range over implementations)``,
    at most 2 % of the number; a whole count (no decimal point) must agree
    within the same cap.
    """
    spread = (max(implementations) - min(implementations)) / 2 if implementations else 0.0
    width = max(half_unit(paper), spread)
    return min(width, RELATIVE_CAP * abs(paper_number(paper)))


def match_by_chance(width: float, candidates: Sequence[float]) -> float:
    """Probability that one of k readings falls into the band by chance (rule 6).

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
    """Verdict on a number without sampling error (rules 4 and 5).

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
        return Verdict(NO_VERDICT, OTHER)
    if gap > width * (1 + 1e-9):
        return Verdict(
            NOT_REPRODUCED,
            f"our {_plain(value)} differs from the printed {paper} by {_plain(gap)}; {_plain(width)} is tolerated",
        )
    if benchmark is not None and abs(benchmark - target) <= width:
        return Verdict(
            CANNOT_BE_TOLD,
            f"our {_plain(value)} agrees, but a value that needs no model, {_plain(benchmark)}, agrees too",
        )
    if len(candidates) > 1 and (chance := match_by_chance(width, candidates)) >= CHANCE:
        return Verdict(CANNOT_BE_TOLD, _by_chance(len(candidates), chance))
    return Verdict(
        REPRODUCED,
        f"our {_plain(value)} agrees with the printed {paper}: the difference is {_short(gap)}, and {_short(width)} is "
        "tolerated",
    )


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
    """Verdict on a number with sampling, seed or simulation error (rules 4 and 6).

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
    shown = f"our {_plain(value)} has a standard error of {_plain(total)}; the paper prints {paper}"
    if evidence == OTHER_DATA:
        return Verdict(NO_VERDICT, OTHER)
    if not close:
        apart = abs(value - target) / total if total else float("inf")
        return Verdict(NOT_REPRODUCED, f"{shown}: {apart:.1f} standard errors apart")
    if not powerful:
        return Verdict(
            CANNOT_BE_TOLD, f"{shown}: they agree, but the sample could not tell that from {_plain(null)}"
        )
    if len(candidates) > 1 and (chance := match_by_chance(Z95 * total, candidates)) >= CHANCE:
        return Verdict(CANNOT_BE_TOLD, _by_chance(len(candidates), chance))
    return Verdict(REPRODUCED, f"{shown}: they agree, and no effect would give {_plain(null)}")


OTHER = "measured on other data than the paper's, which can neither confirm nor refute a printed number"


def _plain(value: float) -> str:
    """A number with the digits that a reader can use."""
    return f"{value:.4g}"


def _short(value: float) -> str:
    """A small number with two digits and no exponent: ``"0.000021"``."""
    return f"{Decimal(f'{value:.2g}'):f}"


def _by_chance(readings: int, chance: float) -> str:
    return (
        f"one of {readings} readings agrees, and chance alone gives such a match in {chance:.0%} of the cases"
    )


def judge_bound(
    paper: str, value: float, evidence: str, interval: tuple[float, float] | None = None
) -> Verdict:
    """Verdict on a number given as a bound, ``"<0.05"`` or ``">3"``.

    The interval, where there is one, must lie wholly on one side.
    """
    sign = -1.0 if paper.strip().startswith("<") else 1.0
    limit = paper_number(paper)
    low, high = sorted(sign * (bound - limit) for bound in (interval or (value, value)))
    shown = f"our {_plain(value)} stands against the printed {paper}"
    if evidence == OTHER_DATA:
        return Verdict(NO_VERDICT, OTHER)
    if low > 0:
        return Verdict(REPRODUCED, shown)
    if high <= 0:
        return Verdict(NOT_REPRODUCED, shown)
    return Verdict(CANNOT_BE_TOLD, f"{shown}: its interval covers the bound")


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


def found_with_power(se: float, interval: tuple[float, float] | None, family: int = 1) -> float:
    r"""Effect that a test finds with 80 % power, at the level of its family.

    .. math:: \max\left(s, \frac{h - l}{2 z}\right) (z + z_{0.8})

    with z the quantile of the family: the verdict rests on the interval [l, h], which a bootstrap may have
    made wider than its standard error s in a short sample.

    Parameters
    ----------
    se : float
    interval : tuple of float or None
        The one that decides, at the level of the family.
    family : int
    """
    low, high = interval or (0.0, 0.0)
    shown = (high - low) / (2 * simultaneous_quantile(family)) if math.isfinite(high - low) else 0.0
    return detectable_effect(max(se, shown), family)


def judge_direction(value: float, interval: tuple[float, float], smallest: float) -> Verdict:
    """Verdict on a direction (rules 7 and 10): a contrast signed as in the paper.

    Parameters
    ----------
    value : float
        The contrast; positive means that the paper is right.
    interval : tuple of float
        Its two-sided interval at the level of its family.
    smallest : float
        Smallest effect that matters.
    """
    low, high = interval
    # Around an estimate of zero the interval would end at high - value, and only below `smallest` that is a no.
    weak = smallest > 0 and high - value >= smallest
    if low > 0:
        above = (
            "the whole interval lies above zero"
            if high > low
            else "computed without sampling error, it lies above zero"
        )
        small = f", and the estimate below the smallest effect that matters, {_plain(smallest)}"
        return Verdict(HOLDS, above + (small if value < smallest else ""), weak)
    if high < smallest:
        what = f"below the smallest effect that matters, {_plain(smallest)}" if smallest else "below zero"
        return Verdict(DOES_NOT_HOLD, f"the whole interval lies {what}")
    if weak:
        return Verdict(
            CANNOT_BE_TOLD,
            "the interval covers zero, and even around an estimate of zero it would reach the smallest effect that "
            f"matters, {_plain(smallest)}: the test could not have answered no",
            True,
        )
    if not smallest:
        return Verdict(CANNOT_BE_TOLD, "the interval covers zero")
    return Verdict(
        CANNOT_BE_TOLD,
        f"the interval covers zero and reaches beyond the smallest effect that matters, {_plain(smallest)}",
    )


def with_weakness(verdict: str, weak: bool) -> str:
    """A verdict in words; a test that cannot be told and could not have answered no was too weak (rule 10)."""
    return f"{verdict} (test too weak)" if weak and verdict == CANNOT_BE_TOLD else verdict


def judge_sample(count: int, units: int, quantifier: str) -> Verdict:
    """Verdict on a statement about a sample (rule 8).

    Parameters
    ----------
    count, units : int
        In how many of how many units it is true.
    quantifier : {"all", "most", "some"}
        Of the statement.
    """
    least = {"all": units, "most": units // 2 + 1, "some": 1}[quantifier]
    words = {"all": "in all of them", "most": "in more than half of them", "some": "in at least one"}[
        quantifier
    ]
    shown = f"true in {count} of {units}; the statement needs it {words}"
    return Verdict(TRUE_HERE if count >= least else FALSE_HERE, shown)


def judge_identity(holds: bool, erratum: str | None, proof: str | None, instances: int | None) -> Verdict:
    """Verdict on a mathematical statement (rule 9).

    Parameters
    ----------
    holds : bool
        Whether the check found no counterexample.
    erratum : str, optional
        What is right if it does not hold.
    proof : str, optional
        Label of the argument on the page.
    instances : int, optional
        Number of instances that were checked.

    Raises
    ------
    LedgerError
        If the statement fails and no erratum says what is right.
    """
    if not holds:
        if not erratum:
            raise LedgerError("a mathematical claim fails on the page, but no erratum is named")
        return Verdict(ERRATUM, f"refuted by a counterexample: erratum {erratum}")
    if proof:
        return Verdict(PROVEN, "the argument stands on the page, and a test checks it")
    return Verdict(
        CHECKED, f"no counterexample in {instances} instances" if instances else "no counterexample"
    )
