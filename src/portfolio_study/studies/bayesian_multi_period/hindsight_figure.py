"""The paper's figure 1: updated and not updated frontiers of time 0, computed from forecasts that came later."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.multi_period import simulation
from portfolio_study.studies.bayesian_multi_period import hindsight, paper
from portfolio_study.studies.bayesian_multi_period.known_parameters import HORIZON, INTERCEPT
from portfolio_study.studies.bayesian_multi_period.paper_weeks import PaperWeeks

FITTED, PRINTED = "fit of 130 weeks", "the paper's values"


@dataclass(eq=False)
class HindsightFigure:
    """Frontiers in hindsight on the paper's own 26 weeks.

    Attributes
    ----------
    weeks : PaperWeeks
    exits : ndarray
    monte_carlo : int
        A fiftieth of it is the number of paths behind the luck of a single one.
    seed : int
    """

    weeks: PaperWeeks
    exits: np.ndarray
    monte_carlo: int
    seed: int

    @property
    def yearly(self) -> float:
        """Gross riskless return of a week, 0.57 % a year."""
        return next(iter(paper.riskless_readings().values()))

    @cached_property
    def frontiers(self) -> dict[str, Any]:
        """Updated, and the three readings of "without updating"."""
        weeks = self.weeks
        return hindsight.reference_frontiers(
            weeks.prior, weeks.state, weeks.after.to_numpy(), self.yearly, self.exits
        )

    @property
    def initial(self) -> dict[str, np.ndarray]:
        """Initial values: fitted to the weeks before, or the paper's, whose variance has seen the crash."""
        own = self.weeks.prior
        printed = np.array([INTERCEPT, paper.PHI, *own[2:5], paper.NOISE_VARIANCE])
        return {FITTED: own, PRINTED: printed}

    @property
    def readings(self) -> dict[tuple[str, str], tuple[np.ndarray, float]]:
        """Initial values and gross riskless return of a week, by their names: what the text leaves open."""
        rates = list(paper.riskless_readings().items())[:2]
        return {(name, rate): (start, gross) for name, start in self.initial.items() for rate, gross in rates}

    def along(self, start: np.ndarray, gross: float, exits: np.ndarray, update: bool = True) -> Any:
        """Frontier from the forecasts along the paper's own weeks, for an exit distribution."""
        path = self.weeks.after.to_numpy()[: len(exits)]
        return hindsight.frontier_along_path(start, self.weeks.state, path, gross, exits, update)

    @cached_property
    def gaps(self) -> Any:
        """Updated less reference, expected wealth at variance 0.01, by initial values and riskless rate."""
        state, realised = self.weeks.state, self.weeks.after.to_numpy()
        return pd.DataFrame(
            {
                names: hindsight.hindsight_gaps(start, state, realised, gross, self.exits)
                for names, (start, gross) in self.readings.items()
            }
        ).T

    def times_above(self, references: tuple[str, ...]) -> tuple[int, int]:
        """How often the updated frontier lies above these references, of all readings and variances."""
        found = [0, 0]
        for start, gross in self.readings.values():
            frontiers = hindsight.reference_frontiers(
                start, self.weeks.state, self.weeks.after.to_numpy(), gross, self.exits
            )
            for name in references:
                above, all_of_them = hindsight.variances_above(frontiers["updated"], frontiers[name])
                found = [found[0] + above, found[1] + all_of_them]
        return found[0], found[1]

    @property
    def luck_paths(self) -> int:
        """Simulated paths behind the spread of the gap; even, since they come in antithetic pairs."""
        return 2 * max(10, self.monte_carlo // 100)

    @cached_property
    def luck(self) -> pd.Series:
        """Standard deviation of each gap over paths of the fitted process, where its parameters are true."""
        first = self.initial[FITTED]
        drawn = simulation.simulate_ar1(
            first[0], first[1], first[5], self.weeks.state, HORIZON, self.luck_paths, self.seed
        )
        gaps = [
            hindsight.hindsight_gaps(first, self.weeks.state, path, self.yearly, self.exits) for path in drawn
        ]
        return pd.DataFrame(gaps).std(ddof=0)
