r"""Efficient frontier of the multi-period problem with uncertain exit.

The auxiliary problem of Li and Ng, *Optimal Dynamic Portfolio Selection: Multiperiod
Mean-Variance Formulation*, Mathematical Finance 10 (2000) 387-406, reduces everything to three
numbers: :math:`\lambda_0`, :math:`\omega_0` and :math:`\Theta`. Paper 004 prints the frontier (9) with
a square on its last bracket; the derivation gives none, and simulation agrees with the derivation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from portfolio_study.errors import ParameterError, UnknownNameError

VARIANTS = ("corrected", "as_published")


@dataclass(frozen=True)
class Frontier:
    r"""The three coefficients of the frontier, and the wealth that it starts from.

    Attributes
    ----------
    theta_sum : float
        :math:`\Theta = \sum_t E_0\theta_t`, in (0, 1).
    lambda0, omega0 : float
        :math:`\lambda_0` and :math:`\omega_0`: riskless part of expected wealth and of its square.
    wealth : float
        Initial wealth :math:`x_0`, in currency.
    """

    theta_sum: float
    lambda0: float
    omega0: float
    wealth: float = 1.0

    def __post_init__(self) -> None:
        # a squared Sharpe ratio of 1e-24 is a zero mean up to rounding
        if not (np.isfinite(self.theta_sum) and 1e-24 < self.theta_sum < 1):
            reason = (
                "every mean excess return is zero, so risk earns nothing and there is no frontier"
                if abs(self.theta_sum) <= 1e-24
                else "the moments allow a riskless gain, or a second moment is below a squared mean"
            )
            raise ParameterError(f"theta_sum (Theta) is {self.theta_sum}, outside (0, 1): {reason}")
        if not (np.isfinite(self.wealth) and self.wealth > 0):
            raise ParameterError(f"wealth must be positive, got {self.wealth}")

    def least_variance(self, variant: str = "corrected") -> float:
        r"""Variance that no policy goes below, :math:`(\omega_0 - \lambda_0^2/(1-\Theta))x_0^2`.

        Zero for a certain exit: then all wealth can be held riskless. `variant` "as_published"
        squares the bracket as (9) of the paper does.
        """
        if variant not in VARIANTS:
            raise UnknownNameError("variant", variant, VARIANTS)
        bracket = self.omega0 - self.lambda0**2 / (1 - self.theta_sum)
        return (bracket**2 if variant == "as_published" else bracket) * self.wealth**2

    @property
    def least_variance_mean(self) -> float:
        r"""Expected wealth where the variance is least, :math:`\lambda_0x_0/(1-\Theta)`."""
        return self.lambda0 * self.wealth / (1 - self.theta_sum)

    def variance(self, expected: ArrayLike, variant: str = "corrected") -> Any:
        r"""Least variance for an expected terminal wealth (paper 004, (9), without the square).

        .. math:: Var = \frac{1-\Theta}{\Theta}\left(E - \frac{\lambda_0x_0}{1-\Theta}\right)^2
                  + \left(\omega_0 - \frac{\lambda_0^2}{1-\Theta}\right)x_0^2 .
        """
        slope = (1 - self.theta_sum) / self.theta_sum
        gap = np.asarray(expected, dtype=float) - self.least_variance_mean
        return _plain(slope * gap**2 + self.least_variance(variant))

    def expected(self, variance: ArrayLike, variant: str = "corrected") -> Any:
        """Highest expected terminal wealth for a variance: the upper branch of the frontier.

        Raises
        ------
        ParameterError
            If a variance lies below the least one that the uncertain exit leaves.
        """
        v, least = np.asarray(variance, dtype=float), self.least_variance(variant)
        # rounding can put a bracket that is zero in exact arithmetic at +-1e-17
        room = v - least
        tiny = 1e-12 * max(abs(self.omega0) * self.wealth**2, float(np.max(v)))
        if not (room >= -tiny).all():
            raise ParameterError(
                f"variance {float(np.min(v)):.6g} lies below the least that can be reached, {least:.6g}"
            )
        slope = self.theta_sum / (1 - self.theta_sum)
        return _plain(self.least_variance_mean + np.sqrt(slope * np.maximum(room, 0)))

    def lambda_star(self, risk_aversion: float) -> float:
        r"""Auxiliary weight :math:`\lambda^* = (1 + 2\omega\lambda_0x_0)/(1-\Theta)` (paper 004, (25))."""
        return (1 + 2 * risk_aversion * self.lambda0 * self.wealth) / (1 - self.theta_sum)

    def target(self, risk_aversion: float) -> float:
        r"""Wealth that the policy steers to, :math:`\gamma = \lambda^*/2\omega`, in currency."""
        return self.lambda_star(risk_aversion) / (2 * risk_aversion)

    def optimum(self, risk_aversion: float) -> tuple[float, float]:
        r"""Expected wealth and variance of :math:`\max E - \omega Var`.

        .. math:: E = \lambda_0x_0 + \frac{\lambda^*}{2\omega}\Theta,\qquad
                  Var = \frac{\Theta}{4\omega^2(1-\Theta)}
                  + \left(\omega_0-\frac{\lambda_0^2}{1-\Theta}\right)x_0^2 .
        """
        if not (np.isfinite(risk_aversion) and risk_aversion > 0):
            raise ParameterError(f"risk_aversion must be positive, got {risk_aversion}")
        expected = self.lambda0 * self.wealth + self.target(risk_aversion) * self.theta_sum
        spread = self.theta_sum / (4 * risk_aversion**2 * (1 - self.theta_sum))
        return float(expected), float(spread + self.least_variance())


def _plain(values: Any) -> Any:
    return float(values) if np.ndim(values) == 0 else values
