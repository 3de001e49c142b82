"""What the chapter on the LSTM measures: one function, or one row of a table, a key."""

from dataclasses import replace

import numpy as np
import pandas as pd

from portfolio_study.checks.confidence import Z95
from portfolio_study.data import log_returns
from portfolio_study.errors import DataError, MissingPackageError
from portfolio_study.evaluation import loss_ratio, relative_gain, squared_error, with_error
from portfolio_study.evaluation.seasonality import seasonal_r2
from portfolio_study.forecasting.lstm_data import feature_names
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.ledger.measures import Lacking
from portfolio_study.ledger.shown import counted
from portfolio_study.studies.lstm.controls import over_fitted, training_variance
from portfolio_study.studies.lstm.experiment import (
    ARIMA,
    BOTH_WAYS,
    HISTORICAL,
    LEVELS,
    LONGER,
    LSTM,
    PLACEBO,
    PRICES,
    RIDGE,
    ROLLING,
    UNTUNED,
    ZERO,
    Experiment,
)
from portfolio_study.studies.lstm.future_work import WITH, WITHOUT
from portfolio_study.studies.lstm.specifications import against_arima, against_zero

GAIN = "relative gain in MSE"
CALMER = 0.645  # volatility of a later period that hides the over-fit of `over_fitted`
LARGEST = 0.05  # share of the dates whose moves are called peaks


def _gain(
    study: Experiment,
    loss: pd.DataFrame,
    benchmark: pd.DataFrame,
    training_error: float,
    note: str = "",
) -> Measured:
    """Relative gain in squared error: whole dates resampled, and further errors of the ratio added."""
    found = relative_gain(with_error(loss_ratio(loss, benchmark, seed=study.seed), training_error))
    return Measured(found.estimate, **found.evidence(), note=note, bounds=(None, 1.0))


def _read(study: Experiment, levels: bool = False) -> str:
    """The features that the networks read, for a note."""
    return f"the networks read {features_read(study)} as {'levels' if levels else 'changes'}"


def _drawn(study: Experiment, some: int) -> str:
    """How many of the tickers with networks are taken, for a note; it is no draw where that is all."""
    every = len(study.history.tickers)
    taken = "all of them" if some == every else f"of {every}, drawn at random"
    return f"{counted(some, 'ticker')}, {taken}"


# --- the data and the sequences


@measure("random trials a ticker")
def trials(study: Experiment) -> int:
    """Trials of the random search; the paper has at most ten."""
    return study.trials


@measures(["data.tickers", "data.dates", "data.first", "data.last", "data.test_dates"])
def data_used(study: Experiment) -> dict[str, int | str]:
    """How many tickers and dates the chapter uses, from when to when."""
    index = study.history.close.index
    return {
        "data.tickers": len(study.history.tickers),
        "data.dates": len(index),
        "data.first": f"{index[0]:%Y-%m-%d}",
        "data.last": f"{index[-1]:%Y-%m-%d}",
        "data.test_dates": len(study.dates),
    }


@measure(key="data.chosen")
def chosen(study: Experiment) -> str:
    """Which of the build's tickers have networks, in words."""
    every = len(study.prices.tickers)
    if len(study.history.tickers) == every:
        return "all that this build has"
    return f"{'a random part' if study.tickers is None else 'the first'} of the {every} that this build has"


@measures(["networks.seeded", "networks.seeds", "networks.controlled"], data=None)
def networks(study: Experiment) -> dict[str, int]:
    """Tickers whose networks are trained from several seeds, from how many, and tickers of the controls."""
    return {
        "networks.seeded": len(study.seeded.tickers),
        "networks.seeds": study.seeds,
        "networks.controlled": len(study.controlled.tickers),
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


@measures(
    ["reach.levels", "reach.stationary"], "largest scaled input of the test part; 1 is that of training"
)
def reach(study: Experiment) -> dict[str, float]:
    """How far the inputs of the test part leave the scale of the training part, by kind of input."""
    return {f"reach.{inputs}": study.reach(inputs) for inputs in ("levels", "stationary")}


@measure()
def period(study: Experiment) -> str:
    """Name of a period, for sentences."""
    return study.period


@measure("{period}s", data=None)
def sequence_length(study: Experiment) -> int:
    """Periods in a sequence, and behind the rolling mean."""
    return study.window


@measure("values")
def values_in_a_sequence(study: Experiment) -> int:
    """Numbers that one forecast is made from."""
    return int(np.prod(study.task.inputs.shape[1:]))


# --- the search


@measures(["search.units", "search.settings"], "settings")
def different_winners(study: Experiment) -> dict[str, Measured]:
    """Different pairs of layers, and different settings, among the winning networks."""
    n = len(study.winners)
    layers = study.winners[["units", "dropout_1", "dropout_2"]].astype(str).drop_duplicates()
    return {
        "search.units": Measured(len(layers), n=n),
        "search.settings": Measured(len(set(study.search.settings.values())), n=n),
    }


@measure("standard deviations between seeds", key="search.lead", data="seeded")
def lead_of_the_winner(study: Experiment) -> Measured | None:
    """How far the winner's validation error lies below the runner-up's, in units of its own luck; median."""
    leads = []
    for ticker in study.seeded.tickers:
        first, *others = np.sort(study.search.trials.set_index("ticker")["validation_rmse"][[ticker]])
        luck = np.std([f.best[ticker].validation_rmse for f in study.by_seed], ddof=1)
        if others and luck > 0:
            leads.append((others[0] - first) / luck)
    return Measured(float(np.median(leads)), n=len(leads)) if leads else None


@measures(["epochs.long", "epochs.most"], "epochs", data=None)
def epochs(study: Experiment) -> dict[str, int]:
    """Epochs of the longer training, and the limit of the search."""
    return {"epochs.long": study.long_epochs, "epochs.most": study.max_epochs}


# --- the gap between training and validation


@measures(
    ["gap.corrected", "gap.as_published", "gap.shuffled", "gap.constant"], "relative distance of the two RMSE"
)
def gaps(study: Experiment) -> dict[str, Measured]:
    """Mean distance of the validation from the training RMSE, by protocol, and of a constant on the same parts."""
    fitted = {
        "gap.corrected": ([study.winners], "history"),
        "gap.as_published": ([f.trials for f in study.published], "seeded"),
        "gap.shuffled": ([f.trials for f in study.shuffled], "controlled"),
    }
    found = {}
    for key, (tables, data) in fitted.items():
        gap = pd.concat([(t["validation_rmse"] / t["train_rmse"] - 1).abs() for t in tables])
        found[key] = Measured(float(gap.mean()), n=len(gap), data=data)
    constant = [abs(later / earlier - 1) for earlier, later in _constant_errors(study)]
    return found | {"gap.constant": Measured(float(np.mean(constant)), n=len(constant))}


def _constant_errors(study: Experiment) -> list[tuple[float, float]]:
    """RMSE on training and validation of the mean of the training part, ticker by ticker."""
    found = []
    for ticker in study.history.tickers:
        task = study.task_of(ticker)
        y = task.log_returns(task.targets)
        constant = y[task.train].mean()
        parts = y[task.train], y[task.validation]
        earlier, later = (float(np.sqrt(np.mean((part - constant) ** 2))) for part in parts)
        found.append((earlier, later))
    return found


@measures(["over_fitted.gap", "over_fitted.excess"], data=None)
def over_fitted_with_a_small_gap(study: Experiment) -> dict[str, Measured]:
    """A fit of noise by useless inputs: its gap where the validation part is calmer, and what it loses to zero."""
    training, validation, zero = over_fitted(CALMER, study.seed)
    return {
        "over_fitted.gap": Measured(abs(validation / training - 1), unit="relative distance of the two RMSE"),
        "over_fitted.excess": Measured((validation / zero) ** 2 - 1, unit="share of zero's MSE"),
    }


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


def own_error(study: Experiment, rival: pd.DataFrame) -> float:
    """Error of the networks' loss over a rival's that comes from the seeds."""
    zero = study.losses[ZERO]
    own = study.relative_training_error(study.seed_losses, study.history.tickers)
    return own * zero.to_numpy().mean() / rival.to_numpy().mean()


RIVALS = {
    "beats_highest_likelihood": ARIMA,
    "beats_rolling.corrected": ROLLING,
    "beats_zero.corrected": ZERO,
    "beats_mean.corrected": HISTORICAL,
}


@measures(RIVALS, GAIN)
def gains_over_rivals(study: Experiment) -> dict[str, Measured]:
    """Gains of the networks over their rivals on the same test dates."""
    ours = study.losses[LSTM]
    return {
        key: _gain(study, ours, study.losses[name], own_error(study, study.losses[name]), _read(study))
        for key, name in RIVALS.items()
    }


@measures(["wins.arima", "wins.zero", "wins.rolling"], "tickers")
def tickers_ahead(study: Experiment) -> dict[str, Measured]:
    """Tickers on which the networks' squared error is below a rival's."""
    ours = study.losses[LSTM].mean()
    rivals = {"wins.arima": ARIMA, "wins.zero": ZERO, "wins.rolling": ROLLING}
    return {
        key: Measured(int((ours < study.losses[name].mean()).sum()), n=len(ours))
        for key, name in rivals.items()
    }


MEDIANS = {
    "median.arima": ARIMA,
    "median.rolling": ROLLING,
    "median.zero": ZERO,
    "median.historical_mean": HISTORICAL,
}


@measures(MEDIANS, "relative gain in MSE of the median ticker")
def median_gains(study: Experiment) -> dict[str, float]:
    """Gains on the median ticker, on which no single network weighs."""
    ours = study.losses[LSTM].mean()
    return {key: float((1 - ours / study.losses[name].mean()).median()) for key, name in MEDIANS.items()}


def papers_engine(study: Experiment, tickers: list[str]) -> tuple[pd.DataFrame, float]:
    """Squared errors of ARIMA by the paper's engine, and the error of their mean, relative to it.

    The engine is slow. On test dates drawn at random it fits every ticker; the mean difference of its squared
    errors from those of the highest likelihood is added to the latter's on all dates, and its error to the gain's.
    """
    difference = study.engine_difference[tickers].mean(axis=1)
    rival = study.losses[ARIMA][tickers] + difference.mean()
    level = rival.to_numpy().mean()
    return rival, float(difference.std(ddof=1) / np.sqrt(len(difference)) / level)


def _over_papers_engine(study: Experiment, ours: pd.DataFrame, training_error: float, note: str) -> Measured:
    """Gain over ARIMA by the paper's engine."""
    rival, se = papers_engine(study, [str(name) for name in ours])
    ratio = ours.to_numpy().mean() / rival.to_numpy().mean()
    return _gain(study, ours, rival, float(np.hypot(training_error, ratio * se)), note)


@measure(GAIN, key="beats_arima.corrected")
def gain_over_arima(study: Experiment) -> Measured:
    """Gain over ARIMA by the paper's engine, nothing known in advance."""
    ours = study.losses[LSTM]
    return _over_papers_engine(study, ours, own_error(study, study.losses[ARIMA]), _read(study))


def _published_error(study: Experiment, rival: pd.DataFrame) -> float:
    zero = study.losses[ZERO][study.seeded.tickers]
    own = study.relative_training_error(study.published_losses, study.seeded.tickers)
    return own * zero.to_numpy().mean() / rival.to_numpy().mean()


@measures(["beats_arima.as_published", "beats_zero.as_published"], GAIN, data="seeded")
def published_gains(study: Experiment) -> dict[str, Measured]:
    """Gains under the published protocol: price levels, scaled by the minimum and maximum of all dates."""
    names = study.seeded.tickers
    loss = sum(study.published_losses[1:], start=study.published_losses[0]) / study.seeds
    arima, zero = study.losses[ARIMA][names], study.losses[ZERO][names]
    note = (
        f"{_read(study, levels=True)}, scaled over all dates before the split; that the parts follow each other in "
        "time, 20 % each, is assumed: the text does not say"
    )
    return {
        "beats_arima.as_published": _over_papers_engine(study, loss, _published_error(study, arima), note),
        "beats_zero.as_published": _gain(study, loss, zero, _published_error(study, zero), note),
    }


@measure(GAIN, key="engines.difference")
def difference_of_engines(study: Experiment) -> Measured:
    """How much larger the squared error of the paper's engine is than that of the highest likelihood."""
    difference = study.engine_difference.mean(axis=1) / study.losses[ZERO].to_numpy().mean()
    return Measured(
        float(difference.mean()),
        se=float(difference.std(ddof=1) / np.sqrt(len(difference))),
        n=len(difference),
        unit="share of zero's MSE",
    )


@measure("share of the variance of the errors", key="seasonality")
def calendar_left(study: Experiment) -> Measured:
    """Share of the variance of ARIMA's errors that the calendar explains, less that of the networks' errors."""
    actual = study.search.actual
    left = {}
    for name in (ARIMA, LSTM):
        errors = actual - study.forecasts[name]
        left[name] = np.mean([seasonal_r2(errors[t], study.draws, study.seed).adjusted for t in errors])
    return Measured(float(left[ARIMA] - left[LSTM]), n=actual.size)


def _on_and_off(study: Experiment, chosen: pd.DataFrame) -> tuple[float, float]:
    """Gain over ARIMA on chosen dates of each ticker, and on the others."""
    ours, arima = study.losses[LSTM], study.losses[ARIMA]
    return tuple(  # type: ignore[return-value]
        float(1 - np.nansum(ours[mask].to_numpy()) / np.nansum(arima[mask].to_numpy()))
        for mask in (chosen, ~chosen)
    )


@measures(["variations.volatile", "variations.calm", "peaks.on", "peaks.off"], GAIN)
def gains_by_state(study: Experiment) -> dict[str, float]:
    """Gains over ARIMA where the returns of the window were volatile or calm, and on the largest moves or not."""
    past = study.returns.rolling(study.window).std().shift(1).loc[study.dates]
    size = study.search.actual.abs()
    volatile, calm = _on_and_off(study, past > past.median())
    on, off = _on_and_off(study, size > size.quantile(1 - LARGEST))
    return {"variations.volatile": volatile, "variations.calm": calm, "peaks.on": on, "peaks.off": off}


@measures(["variations", "peaks"], "gain over ARIMA there less elsewhere")
def gains_there_and_elsewhere(study: Experiment) -> dict[str, float]:
    """Gain over ARIMA after volatile days less after calm ones, and on the largest moves less on the others."""
    found = gains_by_state(study)
    return {
        "variations": found["variations.volatile"] - found["variations.calm"],
        "peaks": found["peaks.on"] - found["peaks.off"],
    }


@measures(["tests.clark_west", "tests.right_signs", "tests.signs_by_chance"], "share")
def shares_of_tickers(study: Experiment) -> dict[str, Measured]:
    """Tickers for which Clark and West's test rejects at 5 %, and right signs with those expected by chance.

    A network that always forecasts one sign is right by chance alone: signs are those of the others, if there are any.
    """
    single = study.single_tests
    both = single[single["hit_expected"].notna()]
    signs = both if len(both) else single.assign(hit_expected=single["hit_rate"])
    return {
        "tests.clark_west": Measured(float((single["cw_p"] < 0.05).mean()), n=len(single)),
        "tests.right_signs": Measured(float(signs["hit_rate"].mean()), n=len(both)),
        "tests.signs_by_chance": Measured(float(signs["hit_expected"].mean()), n=len(both)),
    }


# --- every choice


CHOICES = [
    "choices.arima.share", "choices.arima.median", "choices.arima.chance", "choices.arima.n",
    "choices.zero.share", "choices.zero.median", "choices.zero.chance", "choices.zero.n",
]  # fmt: skip


@measures(CHOICES)
def specification_curves(study: Experiment) -> dict[str, Measured]:
    """Share of the ways to compare that favour the networks, beside chance, and the gain of the middle one."""
    found = {}
    for name, made in {"arima": against_arima(study), "zero": against_zero(study)}.items():
        found[f"choices.{name}.share"] = Measured(made.share, unit="share")
        found[f"choices.{name}.median"] = Measured(made.median, p_value=made.p_value, unit=GAIN)
        found[f"choices.{name}.chance"] = Measured(
            0.5, interval=made.by_chance, unit="share if neither were better"
        )
        found[f"choices.{name}.n"] = Measured(len(made.table), unit="ways to compare")
    return found


# --- actual against predicted


@measure(key="actual.ticker")
def shown(study: Experiment) -> str:
    """Ticker that the figure shows."""
    return study.shown


def closeness(study: Experiment, ticker: str) -> tuple[float, float, float]:
    """Correlation, relative spread of the forecast, and R squared of one ticker's network of the search."""
    actual, forecast = study.search.actual[ticker], study.search.mean[ticker]
    r2 = float(1 - ((actual - forecast) ** 2).sum() / (actual**2).sum())
    return _correlation(actual, forecast), float(forecast.std() / actual.std()), r2


def _correlation(actual: pd.Series, forecast: pd.Series) -> float:
    """Correlation; zero for a constant forecast."""
    if forecast.std() == 0 or actual.std() == 0:
        return 0.0
    return float(np.corrcoef(actual, forecast)[0, 1])


@measures(["actual.correlation", "actual.least", "actual.most", "actual.drawn", "actual.spread", "actual.r2"])
def closeness_shown(study: Experiment) -> dict[str, Measured]:
    """How the forecast of the ticker in the figure follows its returns, and between which values its seeds lie."""
    ticker = study.shown
    actual = study.search.actual[ticker]
    by_seed = [_correlation(actual, f.mean[ticker]) for f in study.shown_by_seed]
    drawn, spread, r2 = closeness(study, ticker)
    mean, dates = float(np.mean(by_seed)), len(study.dates)
    se = float(np.hypot(1 / np.sqrt(dates), np.std(by_seed, ddof=1) / np.sqrt(len(by_seed))))
    return {
        "actual.correlation": Measured(
            mean,
            se=se,
            interval=(mean - Z95 * se, mean + Z95 * se),
            n=dates,
            unit="correlation",
            bounds=(-1.0, 1.0),
        ),
        "actual.least": Measured(min(by_seed), unit="correlation"),
        "actual.most": Measured(max(by_seed), unit="correlation"),
        "actual.drawn": Measured(drawn, unit="correlation of the forecast that is drawn"),
        "actual.spread": Measured(spread, unit="standard deviation of the forecast over that of the return"),
        "actual.r2": Measured(r2, unit="R squared against zero"),
    }


# --- controls

CONTROLS = {  # key -> what is judged, and against what
    "bidirectional": (BOTH_WAYS, LSTM),
    "more_epochs": (LONGER, LSTM),
    "search_gain": (LSTM, UNTUNED),
    "stationary_gain": (LSTM, LEVELS),
    "against_ridge": (LSTM, RIDGE),
    "against_placebo": (LSTM, PLACEBO),
}


def _contrast(study: Experiment, name: str, rival: str) -> Measured:
    """Gain of one control over another, with the luck of the training of both sides."""
    names = study.controlled.tickers
    a, b = study.control_losses[name], study.control_losses[rival]
    level = b.to_numpy().mean() / study.losses[ZERO][names].to_numpy().mean()
    ratio = a.to_numpy().mean() / b.to_numpy().mean()
    sides = {name: 1.0, rival: ratio}
    sides.pop(RIDGE, None)  # has no seed
    errors = [
        factor * study.relative_training_error(study.control_seed_losses(side), names) / level
        for side, factor in sides.items()
    ]
    note = f"{_drawn(study, len(names))}; {_read(study)}"
    return _gain(study, a, b, float(np.hypot.reduce(errors)), note)


@measures(CONTROLS, GAIN, data="controlled")
def control_gains(study: Experiment) -> dict[str, Measured]:
    """Gains among the controls, on the control tickers."""
    return {key: _contrast(study, *sides) for key, sides in CONTROLS.items()}


@measure(GAIN, data="controlled")
def more_features(study: Experiment) -> Measured | None:
    """Gain of all six features over the four prices alone."""
    return _contrast(study, LSTM, PRICES) if PRICES in study.control_networks else None


@measures(["window_*"], GAIN, data="controlled")
def window_gains(study: Experiment) -> dict[str, Measured]:
    """Gains of sequences of other lengths over the paper's, on the control tickers."""
    lengths = [name for name in study.control_networks if name.startswith("sequences of ")]
    return {f"window_{name.split()[-1]}": _contrast(study, name, LSTM) for name in lengths}


@measure("R squared against zero", data="seeded")
def seed_sd(study: Experiment) -> Measured:
    """Standard deviation between seeds of R squared, on the tickers with several seeds."""
    found = [study.r2_against_zero(loss) for loss in study.seed_losses]
    return Measured(float(np.std(found, ddof=1)), n=len(found))


# --- future work

PROPHET = {"prophet.over_networks": LSTM, "prophet.over_arima": ARIMA, "prophet.over_zero": ZERO}


@measures(["prophet.past", "prophet.every"], "{period}s", data=None)
def fits_of_prophet(study: Experiment) -> dict[str, int]:
    """Dates behind a fit of Prophet, and between two fits."""
    return {"prophet.past": study.prophet_past, "prophet.every": study.prophet_every}


OF_PROPHET = [*PROPHET, "prophet.ahead", "prophet.fits"]


@measures(OF_PROPHET, GAIN, data="prophet_history")
def prophet(study: Experiment) -> dict[str, Measured | Lacking]:
    """Gains of Prophet over its rivals on the same test dates, and how many models are behind them."""
    try:
        made = study.prophet
    except MissingPackageError as missing:
        return dict.fromkeys(OF_PROPHET, Lacking(str(missing)))
    names = study.prophet_history.tickers
    actual = study.returns.loc[study.dates, names]
    ours = squared_error(actual, made.mean)
    rivals = {name: study.losses[name][names] for name in (LSTM, ARIMA, ZERO)}
    loss, of_networks, of_zero = (table.to_numpy().mean() for table in (ours, rivals[LSTM], rivals[ZERO]))
    luck = {LSTM: _luck_on(study, names) * of_zero * loss / of_networks**2}
    note = (
        f"{_drawn(study, len(names))}; fitted every {study.prophet_every} {study.period}s to at most "
        f"the last {study.prophet_past} log prices"
    )
    found: dict[str, Measured | Lacking] = {
        key: _gain(study, ours, rivals[name], luck.get(name, 0.0), note) for key, name in PROPHET.items()
    }
    ahead = int((ours.mean() < rivals[LSTM].mean()).sum())
    return found | {
        "prophet.ahead": Measured(ahead, n=len(names), unit="tickers"),
        "prophet.fits": Measured(made.fits, unit="models"),
    }


def _luck_on(study: Experiment, names: list[str]) -> float:
    """Error, relative to zero's loss, of the networks' mean loss over some tickers that comes from the seeds."""
    seeded = [name for name in study.seeded.tickers if name in names]
    return study.relative_training_error([table[seeded] for table in study.seed_losses], names)


OF_MACRO = ["macro_gain", "macro.over_zero", "macro.tickers", "macro.test_dates", "macro.last", "macro.cut"]


@measures(["macro.source", "macro.inputs"], data=None)
def what_is_read_of_the_economy(study: Experiment) -> dict[str, str]:
    """Which monthly series this build has, and what the networks read of them, in words."""
    table = study.economy
    if table is None:
        return {
            "macro.source": "the series that an installed package carries, to 2018",
            "macro.inputs": "inflation and bond yields",
        }
    return {
        "macro.source": f"the series of FRED, to {table.index[-1]:%Y-%m}",
        "macro.inputs": "inflation, bond yields and housing starts",
    }


@measures(OF_MACRO, GAIN)
def macroeconomy(study: Experiment) -> dict[str, Measured | Lacking]:
    """Gain of networks that read the economy too, on dates on which it is known."""
    try:
        history = study.macro_history
    except DataError as short:
        return dict.fromkeys(OF_MACRO, Lacking(str(short)))
    by_seed = study.macro_losses
    reading, plain = (
        sum(by_seed[side][1:], start=by_seed[side][0]) / study.seeds for side in (WITH, WITHOUT)
    )
    zero = log_returns(history.close).loc[plain.index] ** 2
    luck = {side: float(np.sqrt(training_variance(by_seed[side], zero.mean()))) for side in by_seed}
    benchmark = {"macro_gain": plain, "macro.over_zero": zero}
    found: dict[str, Measured | Lacking] = {}
    for key, rival in benchmark.items():
        level = rival.to_numpy().mean()
        of_rival = luck[WITHOUT] * reading.to_numpy().mean() / level if rival is plain else 0.0
        error = float(np.hypot(luck[WITH], of_rival)) / level
        note = f"{_drawn(study, len(history.tickers))}, until {history.close.index[-1]:%Y-%m-%d}"
        found[key] = replace(_gain(study, reading, rival, error, note), data="macro_history")
    return found | {
        "macro.tickers": Measured(len(history.tickers), unit="tickers"),
        "macro.test_dates": Measured(len(plain), unit="dates"),
        "macro.last": Measured(f"{history.close.index[-1]:%Y-%m-%d}", unit=""),
        "macro.cut": Measured(bool(history.close.index[-1] < study.history.close.index[-1]), unit=""),
    }
