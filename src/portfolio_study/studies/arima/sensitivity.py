"""The headlines of the chapter under other lags, engines, windows and limits, from losses that are stored."""

import numpy as np
import pandas as pd

from portfolio_study.evaluation import Inference, date_clustered_mean, rmse, squared_error
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.studies.arima.experiment import Experiment
from portfolio_study.studies.arima.moments import correlate

CLOSE = 0.5  # correlation from which on forecasts "align closely"
CALM = 0.99  # share of the dates that stay when the extreme ones go
FEWEST = 8  # dates, and blocks in them, below which a sample says nothing of its own variation
ALIGNED, ZERO, MEAN, POOLED, RMSE = (
    "correlation less one half",
    "saved of zero's squared error",
    "saved of the historical mean's",
    "all assets: saved of zero's",
    "RMSE",
)
NOTHING = "–"


def _saved(errors: pd.DataFrame, base: pd.DataFrame, lags: int | None = None) -> Inference:
    """Share of a benchmark's squared error that a forecast removes, clustered by date."""
    return date_clustered_mean((base - errors) / base.to_numpy().mean(), lags=lags)


def _share(found: Inference) -> str:
    return f"{found.estimate:+.1%} [{found.interval[0]:+.1%}, {found.interval[1]:+.1%}]"


def _distance(found: Inference) -> str:
    """A correlation, as the distance from the line of closeness."""
    low, high = found.interval
    return f"{found.estimate - CLOSE:+.2f} [{low - CLOSE:+.2f}, {high - CLOSE:+.2f}]"


def _calm(difference: pd.Series) -> pd.Index:
    size = difference.abs()
    return difference.index[size <= size.quantile(CALM)]


def headlines(study: Experiment) -> pd.DataFrame:
    """Each headline with its interval (columns) as it is judged, and with one choice changed (rows).

    Blocks and lags are counted in dates that are forecast: where the paper's engine forecasts one date in
    thirty, a window of 50 returns overlaps with the next one only. The last rows are the answers at half and
    twice the limit: a correlation of one half, one in a thousand of zero's squared error.

    Parameters
    ----------
    study : Experiment

    Returns
    -------
    DataFrame of str
        A dash where a choice does not touch a headline, or too few dates are left.
    """
    one, dates, random = study.focus, study.both, study.random
    actual, forecast = study.focus_actual, study.focus_forecasts["statsmodels"]
    errors = squared_error(actual, forecast).to_frame(one)
    zero = (actual**2).to_frame(one)
    mean = study.losses["historical mean"].loc[dates, [one]]
    ours, nothing = study.losses["ARIMA"], study.losses["zero"]

    def judged(key: str, shift: float = 0.0, form: str = "+.1%") -> str:
        value = study[key].value
        low, high = study.interval(key)
        return f"{value - shift:{form}} [{low - shift:{form}}, {high - shift:{form}}]"

    rows: dict[str, dict[str, str]] = {
        "as judged": {
            ALIGNED: judged("align.closely", form="+.2f"),
            ZERO: judged("r2.focus.zero"),
            MEAN: judged("goodfit.focus"),
            POOLED: judged("r2.pooled.zero"),
            RMSE: f"{rmse(actual, forecast):.5f}",
        }
    }
    step = len(study.dates) / len(dates)
    lengths = {
        f"blocks or lags of {count} {study.period}s{told}": count
        for count, told in (
            (8, ""),
            (study.window, " (a window)"),
            (2 * study.window, " (two windows)"),
        )
    }
    for name, count in lengths.items():
        few = max(1, round(count / step))
        row = {}
        if FEWEST * few <= len(dates):
            row[ALIGNED] = _distance(correlate(actual, forecast, "correlation", block=float(few), **random))
            row[ZERO], row[MEAN] = (_share(_saved(errors, base, few)) for base in (zero, mean))
        if FEWEST * count <= len(study.dates):
            row[POOLED] = _share(_saved(ours, nothing, count))
        if row:
            rows[name] = row
    other = study.focus_forecasts["batched"]
    others = squared_error(actual, other).to_frame(one)
    panel, sampled = study.panel.mean.index, study.panel.mean.columns
    rows["the other engine (columns 1 to 3 and the last: highest likelihood; all assets: the paper's)"] = {
        ALIGNED: _distance(correlate(actual, other, "correlation", **random)),
        ZERO: _share(_saved(others, zero)),
        MEAN: _share(_saved(others, mean)),
        POOLED: _share(
            _saved(
                squared_error(study.actual.loc[panel, sampled], study.panel.mean), nothing.loc[panel, sampled]
            )
        ),
        RMSE: f"{rmse(actual, other):.5f}",
    }
    common = study.sweep["zero"].index
    for window in sorted({study.usable[0], study.window, study.longest}):
        tried = study.sweep[f"ARIMA {window}"]
        past = study.losses["historical mean"].loc[common, [one]]
        predicted = study.sweep_forecasts[f"ARIMA {window}"][one]
        rows[
            f"window of {window} (highest likelihood, {len(common)} dates that every window can forecast)"
        ] = {
            ALIGNED: _distance(correlate(study.returns.loc[common, one], predicted, "correlation", **random)),
            ZERO: _share(_saved(tried[[one]], study.sweep["zero"][[one]])),
            MEAN: _share(_saved(tried[[one]], past)),
            POOLED: _share(_saved(tried, study.sweep["zero"])),
            RMSE: f"{np.sqrt(tried[one].mean()):.5f}",
        }
    products = (actual - actual.mean()) * (forecast - forecast.mean())
    gaps = {ZERO: (zero - errors)[one], MEAN: (mean - errors)[one]}
    kept, calm = _calm(products), {name: _calm(gap) for name, gap in gaps.items()}
    every = _calm((nothing - ours).mean(axis=1))
    if len(kept) >= FEWEST:
        rows[f"without the 1 % of {study.period}s with the largest differences"] = {
            ALIGNED: _distance(correlate(actual[kept], forecast[kept], "correlation", **random)),
            ZERO: _share(_saved(errors.loc[calm[ZERO]], zero.loc[calm[ZERO]])),
            MEAN: _share(_saved(errors.loc[calm[MEAN]], mean.loc[calm[MEAN]])),
            POOLED: _share(_saved(ours.loc[every], nothing.loc[every])),
            RMSE: f"{np.sqrt(errors.loc[calm[ZERO]].to_numpy().mean()):.5f}",
        }
    if ours.shape[1] >= 4:
        ranked = (1 - ours.mean() / nothing.mean()).sort_values().index
        name = f"without the two extreme assets ({ranked[0]}, {ranked[-1]})"
        rows[name] = {POOLED: _share(_saved(ours[ranked[1:-1]], nothing[ranked[1:-1]]))}
    for factor, told in ((0.5, "half the limit"), (1.0, "the limit"), (2.0, "twice the limit")):
        rows[f"answer at {told}"] = _answers(study, factor)
    return pd.DataFrame(rows).T.fillna(NOTHING).rename_axis("varied")[[ALIGNED, ZERO, MEAN, POOLED, RMSE]]


def _answers(study: Experiment, factor: float) -> dict[str, str]:
    """Verdicts with a limit that is `factor` times as large; a correlation cannot exceed one."""
    found = study.alignment
    line = min(1.0, factor * CLOSE)
    low, high = found.interval
    answers = {ALIGNED: judge_direction(found.estimate - line, (low - line, high - line), 0.0).verdict}
    for name, key in ((ZERO, "r2.focus.zero"), (POOLED, "r2.pooled.zero")):
        value = study[key].value
        answers[name] = judge_direction(
            value, study.interval(key), factor * study.smallest_effects["r2"]
        ).verdict
    return answers
