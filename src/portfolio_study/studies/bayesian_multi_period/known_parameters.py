"""Parameters that are known: which formula is right, and what a plug-in of forecasts misses."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation import exact_policy, multi_period_policy
from portfolio_study.allocation.multi_period import kernels, simulation
from portfolio_study.allocation.multi_period.exits import exit_distribution
from portfolio_study.forecasting.ar_model import ar_multi_step
from portfolio_study.studies.bayesian_multi_period import hindsight, paper

HORIZON = 26
INTERCEPT = paper.MEAN * (1 - paper.PHI)
LOOKED_AHEAD = 2000  # paths on which a frontier of time 0 is computed from later forecasts
AT_VARIANCE = 0.01  # of terminal wealth, where frontiers are compared


@dataclass(eq=False)
class KnownParameters:
    """The paper's index with its printed parameters taken as the truth.

    Attributes
    ----------
    gross : float
        Riskless return of a week.
    exits : ndarray
        Exit probabilities.
    risk_aversion : float
    monte_carlo : int
        Simulated paths.
    seed : int
    """

    gross: float
    exits: np.ndarray
    risk_aversion: float
    monte_carlo: int
    seed: int

    @cached_property
    def three_periods(self) -> Any:
        """A small problem that can be integrated exactly: three periods, independent returns."""
        return multi_period_policy(
            mean=[0.02, 0.03, 0.01],
            cov=[0.04, 0.05, 0.03],
            risk_free=1.01,
            exit_probability=[0.2, 0.3, 0.5],
            risk_aversion=2.0,
        )

    @cached_property
    def three_seen(self) -> tuple[pd.Series, pd.Series]:
        """Its moments by simulation, with standard errors."""
        return simulation.simulated_moments(
            self.three_periods, paths=10 * self.monte_carlo, batches=20, seed=100 * self.seed
        )

    @cached_property
    def three_integrated(self) -> tuple[float, float]:
        """Its moments by integration over all returns."""
        return simulation.quadrature_moments(self.three_periods)

    @property
    def three_printed(self) -> float:
        """Its variance by the frontier as printed."""
        policy = self.three_periods
        return float(policy.efficient_frontier.variance(policy.expected_wealth, "as_published"))

    @cached_property
    def two_assets(self) -> Any:
        """Two periods and two assets."""
        means = [[0.01, 0.02], [0.015, 0.005]]
        covariances = [[[0.04, 0.01], [0.01, 0.09]], [[0.05, -0.01], [-0.01, 0.06]]]
        return multi_period_policy(means, covariances, 1.002, [0.3, 0.7], 2.0)

    @cached_property
    def riskless(self) -> Any:
        """What each reading of the riskless return makes of the index."""
        return paper.riskless_table()

    @cached_property
    def exact(self) -> Any:
        """The solution for an AR(1): the last return is a state."""
        return exact_policy(
            INTERCEPT,
            paper.PHI,
            paper.NOISE_VARIANCE,
            self.gross,
            self.exits,
            self.risk_aversion,
            state=paper.MEAN,
        )

    @cached_property
    def plug_in(self) -> Any:
        """Forecasts of time 0 put into the formulas for independent returns."""
        means, variances = ar_multi_step([INTERCEPT, paper.PHI], paper.NOISE_VARIANCE, [paper.MEAN], HORIZON)
        return multi_period_policy(
            means - (self.gross - 1), variances, self.gross, self.exits, self.risk_aversion
        )

    @cached_property
    def no_memory(self) -> Any:
        """An investor who ignores the autocorrelation."""
        return paper.independent_policy(
            self.exits, self.gross, self.risk_aversion, paper.NOISE_VARIANCE / (1 - paper.PHI**2)
        )

    @property
    def prior(self) -> np.ndarray:
        """The parameters without uncertainty, as the compiled loops take them."""
        return hindsight.known_parameters(INTERCEPT, paper.PHI, paper.NOISE_VARIANCE)

    @cached_property
    def future(self) -> np.ndarray:
        """Simulated paths of the 26 weeks."""
        return simulation.simulate_ar1(
            INTERCEPT, paper.PHI, paper.NOISE_VARIANCE, paper.MEAN, HORIZON, self.monte_carlo, self.seed
        )

    @cached_property
    def policies(self) -> dict[str, tuple[Any, Any]]:
        """Policy and simulated moments of wealth at exit, of four investors on the same paths."""
        excess = self.future - (self.gross - 1)
        target = self.plug_in.efficient_frontier.target(self.risk_aversion)
        again = kernels.receding_returns(self.prior, paper.MEAN, self.future, self.gross, self.exits, target)
        outcomes = {
            "exact": (self.exact, simulation.exact_wealth(self.exact, self.future)),
            "plug-in, kept": (self.plug_in, simulation.policy_wealth(self.plug_in, excess)),
            "plug-in, solved every week": (self.plug_in, again),
            "no autocorrelation": (self.no_memory, simulation.policy_wealth(self.no_memory, excess)),
        }
        return {
            name: (policy, simulation.wealth_moments(wealth, self.exits, self.risk_aversion))
            for name, (policy, wealth) in outcomes.items()
        }

    def broken_promise(self, name: str) -> float:
        """Distance of the simulated variance from the promised one, in standard errors."""
        policy, seen = self.policies[name]
        return float(abs(seen.variance - policy.variance) / seen.se_variance)

    @cached_property
    def thetas(self) -> np.ndarray:
        """Theta of the frontier of time 0 from forecasts that came later, one for each path."""
        paths = self.future[:LOOKED_AHEAD]
        return np.array(
            [
                hindsight.frontier_along_path(self.prior, paper.MEAN, path, self.gross, self.exits).theta_sum
                for path in paths
            ]
        )

    @cached_property
    def exit_levels(self) -> Any:
        """Expected wealth at a variance of 0.01 by exit distribution."""
        return paper.exit_table(self.gross, variance=AT_VARIANCE)

    @cached_property
    def horizons(self) -> Any:
        """The same by horizon in weeks."""
        return pd.Series(
            {
                n: paper.independent_policy(exit_distribution(n), self.gross).frontier(AT_VARIANCE)
                for n in (5, 10, 15, 20, 26, 52)
            }
        )
