"""What the chapter on the LSTM measures: one function, or one row of a table, a key."""

import numpy as np
import pandas as pd
from scipy import stats

from portfolio_study.data import log_returns
from portfolio_study.evaluation import loss_ratio, relative_gain, squared_error, with_error
from portfolio_study.forecasting.lstm_data import feature_names
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.studies.lstm.controls import correlation_interval
from portfolio_study.studies.lstm.experiment import (
    ARIMA,
    BOTH_WAYS,
    CLOSE_ONLY,
    HISTORICAL,
    LSTM,
    PLACEBO,
    RIDGE,
    ROLLING,
    ZERO,
    Experiment,
)

GAIN = "relative gain in MSE"
SMALL_GAP = 0.10  # "close": what the chapter grants the paper's word


def _gain(
    study: Experiment, loss: pd.DataFrame, benchmark: pd.DataFrame, training_error: float, note: str = ""
) -> Measured:
    """Relative gain in squared error: whole dates resampled, and the luck of the training added."""
    found = relative_gain(with_error(loss_ratio(loss, benchmark, seed=study.seed), training_error))
    return Measured(found.estimate, **found.evidence(), note=note, bounds=(None, 1.0))


# --- the data and the sequences


@measure("random trials a ticker")
def trials(study: Experiment) -> int:
    """Trials of the random search; the paper has ten."""
    return study.trials


@measure(data=None)
def two_hundred_models(study: Experiment) -> bool:
    """Ten trials for each of twenty tickers are two hundred networks."""
    return 10 * 20 == 200


@measures(["data.tickers", "data.dates", "data.first", "data.last"])
def data_used(study: Experiment) -> dict[str, int | str]:
    """How many tickers and dates the chapter uses, from when to when."""
    index = study.history.close.index
    return {
        "data.tickers": len(study.history.tickers),
        "data.dates": len(index),
        "data.first": f"{index[0]:%Y-%m-%d}",
        "data.last": f"{index[-1]:%Y-%m-%d}",
    }


@measure(key="data.features")
def features_read(study: Experiment) -> str:
    """Features that a network reads, in words."""
    words = {"adj_close": "adjusted close", "rsi": "RSI"}
    return ", ".join(words.get(name, name) for name in feature_names(study.history))


@measure(key="data.six_features")
def six_features(study: Experiment) -> bool:
    """The prices carry the paper's six features."""
    return study.history.ohlcv is not None


@measure()
def period(study: Experiment) -> str:
    """Name of a period, for sentences."""
    return study.period


@measure("{period}s", data=None)
def sequence_length(study: Experiment) -> int:
    """Periods in a sequence, and behind the rolling mean."""
    return study.window


@measure(data=None)
def inverse_is_exact(study: Experiment) -> bool:
    """Scaled targets, transformed back, are the log returns of their dates."""
    task = study.task
    actual = np.log(study.history.close[task.ticker]).diff().loc[task.dates]
    return bool(np.allclose(task.log_returns(task.targets), actual, atol=1e-6))


@measure(data=None)
def shape_as_printed(study: Experiment) -> bool:
    """The input is a matrix of dates by features."""
    return bool(study.task.inputs.ndim == 2)


@measure("values")
def values_in_a_sequence(study: Experiment) -> int:
    """Numbers that one forecast is made from."""
    return int(np.prod(study.task.inputs.shape[1:]))


# --- the search


@measure("probability beyond chance")
def choice_agreement(study: Experiment) -> Measured:
    """Two searches that differ in the seed of the training choose the same network."""
    same = [study.again.settings[t] == study.search.settings[t] for t in study.controlled.tickers]
    chance = 1.0 / study.trials
    exact = stats.binomtest(sum(same), len(same)).proportion_ci(method="exact")
    return Measured(
        float(np.mean(same)) - chance,
        interval=(exact.low - chance, exact.high - chance),
        n=len(same),
        bounds=(-chance, 1 - chance),
    )


@measure(GAIN, key="search_gain.validation")
def search_gain_on_validation(study: Experiment) -> Measured:
    """Gain of the chosen networks over untuned ones, on the part that chose them."""
    plain = study.untuned.trials.set_index("ticker")["validation_rmse"]
    gain = 1 - (study.winners["validation_rmse"].loc[plain.index] / plain) ** 2
    if len(gain) > 1:
        spread = gain.std()
    else:  # a single network: its seeds
        others = [
            (f.trials.set_index("ticker")["validation_rmse"].loc[plain.index] / plain) ** 2
            for f in study.other_seeds.values()
        ]
        spread = np.std([1 - gain, *others], ddof=1)
    return Measured(gain.mean(), se=spread / np.sqrt(len(gain)), n=len(gain))


@measure(GAIN, key="search_gain.test")
def search_gain_on_test(study: Experiment) -> Measured:
    """Gain of the chosen networks over untuned ones, on the test dates."""
    tuned, untuned = (
        squared_error(f.actual, f.mean)[study.renewed.tickers] for f in (study.search, study.untuned)
    )
    return _gain(study, tuned, untuned, study.ticker_luck(tuned, untuned))


@measure(GAIN)
def more_epochs(study: Experiment) -> Measured:
    """Gain of longer training over the paper's, on the control tickers."""
    patient, own = squared_error(study.longer.actual, study.longer.mean), study.control_losses[LSTM]
    note = f"{study.long_epochs} epochs against at most {study.max_epochs}"
    return _gain(study, patient, own, study.seed_luck(patient, own), note)


@measures(["epochs.long", "epochs.most"], "epochs", data=None)
def epochs(study: Experiment) -> dict[str, int]:
    """Epochs of the longer training, and the limit of the search."""
    return {"epochs.long": study.long_epochs, "epochs.most": study.max_epochs}


# --- the gap between training and validation


@measures(["gap.corrected", "gap.as_published"], "0.10 less the relative gap")
def gaps(study: Experiment) -> dict[str, Measured]:
    """Training and validation errors are close, by protocol."""
    found = {}
    fitted = {"gap.corrected": study.winners, "gap.as_published": study.published.trials}
    for key, table in fitted.items():
        gap = (table["validation_rmse"] / table["train_rmse"] - 1).abs()
        # one ticker has no spread: the error of a ratio of standard deviations stands for it
        se = gap.std() / np.sqrt(len(gap)) if len(gap) > 1 else 1 / np.sqrt(len(study.dates))
        found[key] = Measured(SMALL_GAP - gap.mean(), se=se, n=len(gap))
    return found


@measures(["relative_gap.corrected", "relative_gap.as_published"], "relative gap")
def relative_gaps(study: Experiment) -> dict[str, float]:
    """Mean relative distance of the validation RMSE from the training RMSE, by protocol."""
    return {f"relative_{key}": SMALL_GAP - found.value for key, found in gaps(study).items()}


@measure("relative gap of a constant forecast", key="gap.constant")
def gap_of_a_constant(study: Experiment) -> float:
    """Volatility of the test dates against that of all dates: the gap of a forecast that has learnt nothing."""
    close, best = study.history.close, study.search.best
    return float(np.mean([abs(f.actual.std() / log_returns(close[t]).std() - 1) for t, f in best.items()]))


@measure(data=None)
def gap_proves_learning(study: Experiment) -> Measured:
    """On pure noise a forecast that has learnt nothing has no small gap."""
    noise = np.random.default_rng(study.seed).normal(size=(2, 5000))
    training, validation = np.sqrt((noise**2).mean(axis=1))
    return Measured(
        not abs(validation / training - 1) < SMALL_GAP,
        note="on pure noise the constant zero has a small gap and knows nothing",
    )


# --- the same test dates

RMSE = {
    "rmse.lstm": LSTM,
    "rmse.arima": ARIMA,
    "rmse.50-day_mean": ROLLING,
    "rmse.historical_mean": HISTORICAL,
    "rmse.zero": ZERO,
}


@measures(RMSE, "log return")
def rmse_of_all(study: Experiment) -> dict[str, float]:
    """Root mean squared error on the test dates, all tickers together."""
    return {key: float(np.sqrt(study.losses[name].to_numpy().mean())) for key, name in RMSE.items()}


RIVALS = {
    "beats_arima.corrected": ARIMA,
    "beats_rolling.corrected": ROLLING,
    "beats_zero.corrected": ZERO,
    "beats_mean.corrected": HISTORICAL,
}


@measures(RIVALS, GAIN)
def gains_over_rivals(study: Experiment) -> dict[str, Measured]:
    """Gains of the networks over their rivals on the same test dates."""
    ours = study.losses[LSTM]
    return {
        key: _gain(study, ours, study.losses[name], study.ticker_luck(ours, study.losses[name]))
        for key, name in RIVALS.items()
    }


@measure(GAIN, key="beats_zero.as_published")
def published_gain_over_zero(study: Experiment) -> Measured:
    """Gain over zero under the published protocol, which leaks."""
    leaky, nothing = study.published_losses
    return _gain(study, leaky, nothing, study.ticker_luck(leaky, nothing))


@measure(GAIN, key="beats_arima.as_published")
def published_gain_over_arima(study: Experiment) -> Measured:
    """Gain over ARIMA under the published protocol, each on dates of its own."""
    everywhere = squared_error(study.returns.loc[study.arima.index], study.arima).mean()
    published = squared_error(study.published.actual, study.published.mean).mean()
    ratio = np.log(published / everywhere)
    spread = ratio.std() / np.sqrt(len(ratio)) if len(ratio) > 1 else 2 / np.sqrt(len(study.dates))
    mean, half = ratio.mean(), 1.96 * spread
    return Measured(
        1 - np.exp(mean),
        interval=(1 - np.exp(mean + half), 1 - np.exp(mean - half)),
        n=len(ratio),
        note="different samples, as in the paper",
    )


@measure("R squared against zero, as published less corrected")
def leak(study: Experiment) -> float:
    """What the leaks of the published protocol change."""
    corrected = gains_over_rivals(study)["beats_zero.corrected"]
    return float(published_gain_over_zero(study).value - corrected.value)


@measure("relative gain in MSE on the worst calendar day")
def seasonality(study: Experiment) -> Measured:
    """Gain over ARIMA on the weekday (or month of the year) on which it is smallest."""
    gains = study.calendar_gains
    worst = min(gains.values(), key=lambda found: found.mean())
    z = (
        1.96 if len(gains) == 1 else {5: 2.576, 12: 2.866}.get(len(gains), 2.9)
    )  # Bonferroni over the calendar
    half = z * worst.std() / np.sqrt(len(worst))
    return Measured(
        worst.mean(), interval=(worst.mean() - half, worst.mean() + half), n=sum(map(len, gains.values()))
    )


@measures(["tests.clark_west", "tests.right_signs", "tests.signs_by_chance", "tests.signs"], "share")
def shares_of_tickers(study: Experiment) -> dict[str, Measured]:
    """Tickers for which a test rejects at 5 %, and right signs with those expected by chance."""
    single = study.single_tests
    expected, signs = single["hit_expected"].dropna(), single["pt_p"].dropna()
    shares = {
        "tests.clark_west": (single["cw_p"] < 0.05).mean(),
        "tests.right_signs": single["hit_rate"].mean(),
        "tests.signs_by_chance": expected.mean() if len(signs) else 0.5,
    }
    found = {key: Measured(float(share), n=len(single)) for key, share in shares.items()}
    tested = Measured(float((signs < 0.05).mean()) if len(signs) else 0.0, n=len(signs))
    return found | {"tests.signs": tested}


@measure("tickers", key="tests.holm")
def differ_from_zero(study: Experiment) -> Measured:
    """Tickers whose errors differ from those of zero after Holm's correction."""
    adjusted = study.single_tests["dm_p_holm"]
    return Measured(int((adjusted < 0.05).sum()), n=len(adjusted))


DIEBOLD_MARIANO = {
    "tests.dm.zero": ZERO,
    "tests.dm.historical_mean": HISTORICAL,
    "tests.dm.rolling": ROLLING,
}


@measures(DIEBOLD_MARIANO, "p-value")
def diebold_mariano(study: Experiment) -> dict[str, float]:
    """Diebold and Mariano's test over all tickers, clustered by date."""
    return {key: float(study.pooled_tests["dm_p"][name]) for key, name in DIEBOLD_MARIANO.items()}


# --- actual against predicted


def closeness(study: Experiment, ticker: str) -> tuple[float, tuple[float, float], float, float]:
    """Correlation with its interval, relative spread of the forecast, and R squared of one ticker."""
    actual, forecast = study.search.actual[ticker], study.search.mean[ticker]
    correlation, interval = correlation_interval(actual, forecast)
    r2 = float(1 - study.losses[LSTM][ticker].sum() / study.losses[ZERO][ticker].sum())
    return correlation, interval, float(forecast.std() / actual.std()), r2


@measure("correlation")
def msft_correlation(study: Experiment) -> Measured | None:
    """Correlation of the forecast and the return of MSFT."""
    if study.shown != "MSFT":
        return None
    correlation, interval, _, _ = closeness(study, "MSFT")
    return Measured(correlation, interval=interval, n=len(study.dates))


@measure(key="actual.ticker")
def shown(study: Experiment) -> str:
    """Ticker that the figure shows."""
    return study.shown


@measures(["actual.correlation", "actual.spread", "actual.r2"])
def closeness_shown(study: Experiment) -> dict[str, Measured]:
    """How the forecast of the ticker in the figure follows its returns."""
    correlation, interval, spread, r2 = closeness(study, study.shown)
    return {
        "actual.correlation": Measured(
            correlation, interval=interval, n=len(study.dates), unit="correlation"
        ),
        "actual.spread": Measured(spread, unit="standard deviation of the forecast over that of the return"),
        "actual.r2": Measured(r2, unit="R squared against zero"),
    }


# --- controls

CONTROLS = {  # key -> what is judged, against what, and how many networks each side has
    "more_features": (LSTM, CLOSE_ONLY, (1, 1)),
    "bidirectional": (BOTH_WAYS, LSTM, (1, 1)),
    "against_ridge": (LSTM, RIDGE, (1, 0)),
    "against_placebo": (LSTM, PLACEBO, (1, 1)),
}


@measures(CONTROLS, GAIN)
def control_gains(study: Experiment) -> dict[str, Measured]:
    """Gains among the controls, on the control tickers."""
    notes = {"more_features": f"{len(feature_names(study.controlled))} against 1"}
    found = {}
    for key, (name, rival, networks) in CONTROLS.items():
        a, b = study.control_losses[name], study.control_losses[rival]
        found[key] = _gain(study, a, b, study.seed_luck(a, b, networks), notes.get(key, ""))
    return found


@measures(["window_*"], GAIN)
def window_gains(study: Experiment) -> dict[str, Measured]:
    """Gains of sequences of other lengths over the paper's, on the control tickers."""
    own, found = study.control_losses[LSTM], {}
    for w in study.by_window:
        loss = study.control_losses[f"sequences of {w}"]
        note = f"sequences of {w} against {study.window}"
        found[f"window_{w}"] = _gain(study, loss, own, study.seed_luck(loss, own), note)
    return found


@measure("R squared against zero")
def seed_sd(study: Experiment) -> Measured:
    """Standard deviation between seeds of R squared, on the control tickers."""
    found = [study.r2_against_zero(loss) for loss in study.seed_losses]
    return Measured(float(np.std(found, ddof=1)), n=len(found))
