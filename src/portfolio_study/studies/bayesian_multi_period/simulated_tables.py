"""Tables 1 to 3 of the paper: the probability that updating performs better, under five readings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.store import compute
from portfolio_study.studies.bayesian_multi_period import mechanism, paper
from portfolio_study.studies.bayesian_multi_period import replication as tables

READINGS = ("noise_only", "own_variance", "forecast_once", "new_paths")
ALL_READINGS = tables.DEFINITIONS
PHIS = [-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8]
SIZES = [30, 60, 130, 260, 520]  # observations of the first fit
PUBLISHED = {1: paper.TABLE_1, 2: paper.TABLE_2}


@dataclass(kw_only=True, eq=False)
class SimulatedTables:
    """Investors who learn and who do not, on simulated processes.

    Attributes
    ----------
    replications, paths, belief_replications, map_replications, map_paths : int
        Estimation samples a cell and future paths.
    yearly, weekly : float
        Gross riskless return of a week under two readings; the tables use the weekly one.
    seed : int
    """

    replications: int
    paths: int
    belief_replications: int
    map_replications: int
    map_paths: int
    yearly: float
    weekly: float
    seed: int

    @cached_property
    def cells(self) -> dict[int, dict[float, tables.Cell]]:
        """Simulated processes by table and parameter."""
        return {t: tables.table_cells(t) for t in (1, 2, 3)}

    @cached_property
    def found(self) -> dict[int, pd.DataFrame]:
        """Probabilities and gains by table."""
        return {
            t: compute(
                tables.updating_probability,
                list(cells.values()),
                paths=self.paths,
                risk_free=self.weekly,
                seed=self.seed,
                replications=self.replications,
            )
            for t, cells in self.cells.items()
        }

    def probability(self, table: int, reading: str) -> Any:
        """Probability that updating is ahead, by the table's parameter."""
        found = self.found[table].xs(reading, level=1)["probability"]
        return pd.Series(found.to_numpy(), index=list(self.cells[table]))

    @property
    def honest(self) -> Any:
        """Table 1 where both trade new paths: probabilities and gains in expected wealth."""
        return self.found[1].xs("new_paths", level=1)

    @cached_property
    def belief(self) -> dict[int, pd.DataFrame]:
        """Tables 1 and 2 on paths of the process that the investor believes in: table, then parameter."""
        found = {}
        for table in PUBLISHED:
            frame = compute(
                tables.updating_probability,
                list(self.cells[table].values()),
                paths=self.paths,
                risk_free=self.weekly,
                seed=self.seed,
                replications=self.belief_replications,
                definitions=("own_belief",),
            )
            found[table] = frame[["probability", "se"]].set_axis(list(self.cells[table]))
        return found

    @cached_property
    def index_process(self) -> Any:
        """Both trade new paths of the paper's own process of the index."""
        return compute(
            tables.updating_probability,
            [tables.Cell(paper.PHI, paper.MEAN, paper.NOISE_VARIANCE)],
            replications=self.replications,
            paths=self.paths,
            risk_free=self.yearly,
            seed=self.seed,
            definitions=("new_paths",),
        ).iloc[0]

    def side_by_side(self, table: int) -> pd.DataFrame:
        """Table 1 or 2 beside the five readings."""
        shown = pd.DataFrame({name: self.probability(table, name) for name in READINGS})
        shown.insert(0, "paper", pd.Series(PUBLISHED[table]))
        return shown.assign(own_belief=self.belief[table]["probability"])

    def distances(self, table: int) -> pd.Series:
        """Root mean square distance of each reading from the printed table."""
        shown = self.side_by_side(table)
        return np.sqrt((shown[list(ALL_READINGS)].sub(shown["paper"], axis=0) ** 2).mean())

    def distance_by_chance(self, table: int) -> float:
        """The distance that 100 samples a cell in the paper and ours here would give a reading that is right."""
        p = pd.Series(PUBLISHED[table])
        return float(np.sqrt((p * (1 - p)).mean() * (1 / 100 + 1 / self.replications)))

    @cached_property
    def share(self) -> pd.DataFrame:
        """Probability that updating is ahead on new paths by observations of the first fit and autocorrelation."""
        found = compute(
            tables.updating_probability,
            [tables.Cell(p, 0.01, 0.2, n) for n in SIZES for p in PHIS],
            replications=self.map_replications,
            paths=self.map_paths,
            risk_free=self.weekly,
            seed=self.seed,
            definitions=("new_paths",),
        ).xs("new_paths", level=1)
        return pd.DataFrame(
            found["probability"].to_numpy().reshape(len(SIZES), -1), index=SIZES, columns=PHIS
        )

    @cached_property
    def bad_luck(self) -> Any:
        """Correlation of the learnt coefficient with the distance to the target, by autocorrelation."""
        cells, few = [tables.Cell(p, 0.01, 0.2) for p in PHIS], max(4, self.map_replications // 4)
        return compute(mechanism.luck_correlation, cells, replications=few)
