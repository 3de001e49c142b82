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

    @cached_property
    def gaps(self) -> Any:
        """Updated less reference, expected wealth at variance 0.01, by initial values and riskless rate."""
        state, realised = self.weeks.state, self.weeks.after.to_numpy()
        readings = list(paper.riskless_readings().items())[:2]
        return pd.DataFrame(
            {
                (name, reading[:2]): hindsight.hindsight_gaps(start, state, realised, gross, self.exits)
                for name, start in self.initial.items()
                for reading, gross in readings
            }
        ).T

    @property
    def luck_paths(self) -> int:
        """Simulated paths behind the spread of the gap; even, since they come in antithetic pairs."""
        return 2 * max(10, self.monte_carlo // 100)

    @cached_property
    def luck(self) -> dict[str, float]:
        """Standard deviation of the gap to H1 over paths on which the initial values are the true ones."""
        found = {}
        for name, first in self.initial.items():
            drawn = simulation.simulate_ar1(
                first[0], first[1], first[5], self.weeks.state, HORIZON, self.luck_paths, self.seed
            )
            gaps = [
                hindsight.hindsight_gaps(first, self.weeks.state, path, self.yearly, self.exits)["H1"]
                for path in drawn
            ]
            found[name] = float(np.std(gaps))
        return found
