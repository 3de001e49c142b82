"""What a test returns: an estimate with its error, its test and the effect it could have found."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from portfolio_study.checks.confidence import LEVEL, UPPER, widened
from portfolio_study.errors import EstimationError, ParameterError

TWO_SIDED, GREATER, LESS = "two-sided", "greater", "less"
ALTERNATIVES = (TWO_SIDED, GREATER, LESS)


@dataclass(frozen=True)
class Inference:
    """An estimate and everything needed to judge it.

    Attributes
    ----------
    estimate : float
        The estimated effect, in the unit of the inputs (a loss, a Sharpe ratio, ...).
    se : float
        Its standard error, same unit.
    statistic : float
        ``(estimate - null) / se``.
    p_value : float
        Probability of a statistic at least this extreme under the null hypothesis.
    interval : tuple of float
        Two-sided 95 % confidence interval of the effect, same unit.
    n : int
        Number of periods (for panels: of dates) behind the estimate.
    detectable : float
        Effect that the test finds with 80 % power at the 5 % level, same unit.
    method : str
        Name of the test, with the options that matter.
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.
    """

    estimate: float
    se: float
    statistic: float
    p_value: float
    interval: tuple[float, float]
    n: int
    detectable: float
    method: str
    alternative: str = TWO_SIDED

    def evidence(self) -> dict[str, Any]:
        """Return everything beside the estimate: ``se``, ``p_value``, ``interval``, ``n``, ``detectable``."""
        return {
            "se": self.se,
            "p_value": self.p_value,
            "interval": self.interval,
            "n": self.n,
            "detectable": self.detectable,
        }

    def scaled(self, factor: float) -> "Inference":
        """Return the inference on ``factor`` times the effect: a change of unit or, below zero, of sign.

        Raises
        ------
        ParameterError
            If the factor is zero or not finite.
        """
        if not np.isfinite(factor) or factor == 0:
            raise ParameterError(f"an effect is scaled by a finite number other than zero, got {factor!r}")
        low, high = sorted(factor * bound for bound in self.interval)
        mirrored = {GREATER: LESS, LESS: GREATER}.get(self.alternative, self.alternative)
        return replace(
            self,
            estimate=factor * self.estimate,
            se=abs(factor) * self.se,
            statistic=self.statistic if factor > 0 else -self.statistic,
            interval=(low, high),
            detectable=abs(factor) * self.detectable,
            alternative=self.alternative if factor > 0 else mirrored,
        )

    def widened(self, family: int, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval that holds together with those of the other members of a family (Bonferroni).

        Parameters
        ----------
        family : int
            Number of intervals, this one included.
        level : float
            One minus the joint confidence.
        """
        return widened(self.estimate, self.interval, family, level)

    def __neg__(self) -> "Inference":
        """Return the inference on the opposite effect."""
        return self.scaled(-1.0)


@dataclass(frozen=True)
class ChiSquareTest:
    """A joint test whose statistic has a chi-square (or scaled F) law.

    Attributes
    ----------
    statistic : float
        The test statistic, without unit.
    p_value : float
        Upper tail probability.
    degrees : int
        Degrees of freedom = number of restrictions.
    n : int
        Number of periods.
    method : str
        Name of the test.
    """

    statistic: float
    p_value: float
    degrees: int
    n: int
    method: str


def chi_square_test(statistic: float, degrees: int, n: int, method: str) -> ChiSquareTest:
    """Return the chi-square test of a statistic, p = P(chi2(degrees) > statistic)."""
    return ChiSquareTest(
        float(statistic), float(special.chdtrc(degrees, statistic)), int(degrees), int(n), method
    )


def detectable_effect(
    se: float, power: float = 0.80, level: float = LEVEL, alternative: str = TWO_SIDED
) -> float:
    r"""Smallest true effect that a test with this standard error finds with the given power.

    .. math:: \Delta = (z_{1-\alpha/2} + z_{power})\, s.e. \approx 2.8\, s.e.

    A test that finds nothing says little about effects smaller than this.

    Parameters
    ----------
    se : float
        Standard error of the estimate, any unit; the effect has the same unit.
    power : float
        Probability of finding the effect.
    level : float
        Size of the test; one-sided alternatives use :math:`z_{1-\alpha}`.
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.

    Raises
    ------
    ParameterError
        If ``se`` is negative, ``power`` or ``level`` is not inside (0, 1), or the alternative is unknown.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects. Evaluation Review 19, 547-556.
    """
    check_alternative(alternative)
    if not se >= 0:
        raise ParameterError(f"se must be a non-negative number, got {se!r}")
    for name, value in (("power", power), ("level", level)):
        if not 0 < value < 1:
            raise ParameterError(f"{name} must lie between 0 and 1, got {value!r}")
    tail = level / 2 if alternative == TWO_SIDED else level
    return float((special.ndtri(1 - tail) + special.ndtri(power)) * se)


def check_alternative(alternative: str) -> None:
    """Raise ParameterError unless the alternative is a known one."""
    if alternative not in ALTERNATIVES:
        raise ParameterError(f"alternative must be one of {', '.join(ALTERNATIVES)}, got {alternative!r}")


def tail_probability(statistic: float, alternative: str, degrees: float | None = None) -> float:
    """P-value of a statistic with a t law (``degrees``) or the normal law (None)."""
    check_alternative(alternative)
    # An upper tail is the lower tail of the mirrored statistic, which keeps small p-values exact.
    mirrored = {TWO_SIDED: -abs(statistic), GREATER: -statistic, LESS: statistic}[alternative]
    tail = special.ndtr(mirrored) if degrees is None else special.stdtr(degrees, mirrored)
    return float(2 * tail if alternative == TWO_SIDED else tail)


def inference(
    estimate: float,
    se: float,
    n: int,
    method: str,
    *,
    alternative: str = TWO_SIDED,
    degrees: float | None = None,
) -> Inference:
    """Build the result of a t or z test of "the effect is zero" from an estimate and its standard error.

    Parameters
    ----------
    estimate, se : float
        The effect and its standard error, same unit.
    n : int
        Number of periods.
    method : str
        Name shown beside the result.
    alternative : str
        Direction of the test; the interval stays two-sided.
    degrees : float, optional
        Degrees of freedom of the t law; None means the normal law.

    Raises
    ------
    EstimationError
        If the standard error is zero or not a number: there is nothing to test.
    """
    if not np.isfinite(se) or se <= 0:
        raise EstimationError(
            f"{method}: the standard error is {se!r}; are the two series identical, "
            "or do they differ by a constant?"
        )
    half = float(special.ndtri(UPPER) if degrees is None else special.stdtrit(degrees, UPPER)) * se
    statistic = float(estimate / se)
    return Inference(
        estimate=float(estimate),
        se=float(se),
        statistic=statistic,
        p_value=tail_probability(statistic, alternative, degrees),
        interval=(float(estimate - half), float(estimate + half)),
        n=int(n),
        detectable=detectable_effect(se, alternative=alternative),
        method=method,
        alternative=alternative,
    )


def with_error(found: Inference, se: float) -> Inference:
    r"""Add an independent error to an estimate: its interval stretches around it.

    .. math:: s' = \sqrt{s^2 + e^2}

    A mean loss of a network has two errors: its dates are a sample, and so are its
    initial weights.

    Parameters
    ----------
    found : Inference
    se : float
        Standard error e of the further source, in the unit of the estimate.

    Returns
    -------
    Inference
        The p-value is that of the normal law.

    Raises
    ------
    ParameterError
        If ``se`` is negative or not a number.
    """
    if not (np.isfinite(se) and se >= 0):
        raise ParameterError(f"se must be a non-negative number, got {se!r}")
    wider = float(np.hypot(found.se, se)) / found.se
    low, high = (found.estimate + wider * (bound - found.estimate) for bound in found.interval)
    statistic = found.statistic / wider
    return replace(
        found,
        se=wider * found.se,
        statistic=statistic,
        p_value=tail_probability(statistic, found.alternative) if se else found.p_value,
        interval=(low, high),
        detectable=wider * found.detectable,
    )


def relative_gain(ratio: Inference) -> Inference:
    r"""Turn a ratio of losses into the gain over the benchmark.

    .. math:: R^2 = 1 - \bar L_a / \bar L_b

    Parameters
    ----------
    ratio : Inference
        Of `loss_ratio`, tested against one.

    Returns
    -------
    Inference
        Above zero, a is better; the p-value is that of the ratio. The interval ends at 1, the
        gain of a loss of zero.
    """
    mirrored = {GREATER: LESS, LESS: GREATER}.get(ratio.alternative, ratio.alternative)
    low, high = ratio.interval
    return replace(
        ratio,
        estimate=1 - ratio.estimate,
        statistic=-ratio.statistic,
        interval=(1 - high, min(1 - low, 1.0)),
        alternative=mirrored,
    )
