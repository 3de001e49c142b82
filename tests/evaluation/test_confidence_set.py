import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.confidence_set import (
    distinct_models,
    model_confidence_set,
    sharpe_losses,
    superior_models,
    superior_predictive_ability,
    variance_losses,
)


@pytest.fixture(scope="module")
def four_losses(forecasts):
    """Squared errors, in 1e-4, of f1, zero, the historical mean and yesterday's value."""
    y = forecasts["y"]
    yesterday = pd.Series(np.roll(y.to_numpy(), 1), index=y.index)
    columns = {"f1": forecasts["f1"], "zero": y * 0, "mean": forecasts["mean"], "last": yesterday}
    return 1e4 * pd.DataFrame({name: (y - f) ** 2 for name, f in columns.items()})


def test_confidence_set_golden(four_losses, expected_statistics):
    result = model_confidence_set(four_losses, 0.10, block=5, draws=2000, seed=123)
    names = list(four_losses.columns)
    assert result.included == tuple(names[i] for i in expected_statistics["MCS"]["included"])
    assert set(result.excluded) == set(names) - set(result.included)
    for number, p in expected_statistics["MCS"]["pvalues"].items():
        assert result.p_values[names[int(number)]] == pytest.approx(p, abs=0.01)
    assert result.mean_loss.idxmin() == "f1"


def test_superior_ability_golden(four_losses, expected_statistics):
    test = superior_predictive_ability(
        four_losses["zero"], four_losses[["f1", "mean", "last"]], block=5, draws=2000, seed=123
    )
    assert test.best == "f1"
    assert test.advantage == pytest.approx((four_losses["zero"] - four_losses["f1"]).mean())
    golden = [expected_statistics["SPA"][k] for k in ("lower", "consistent", "upper")]
    assert [test.p_lower, test.p_value, test.p_upper] == pytest.approx(golden, abs=0.02)
    assert test.p_lower <= test.p_value <= test.p_upper


def test_wrappers_equal_arch(four_losses):
    from arch.bootstrap import MCS, SPA, StepM

    base, models = four_losses["zero"], four_losses.drop(columns="zero")
    spa = SPA(base, models, block_size=5, reps=500, seed=7)
    spa.compute()
    ours = superior_predictive_ability(base, models, block=5, draws=500, seed=7)
    assert ours.p_value == spa.pvalues["consistent"]
    step = StepM(base, models, block_size=5, reps=500, seed=7)
    step.compute()
    assert superior_models(base, models, block=5, draws=500, seed=7) == tuple(step.superior_models) == ("f1",)
    mcs = MCS(four_losses, 0.25, reps=500, block_size=5, seed=7)
    mcs.compute()
    result = model_confidence_set(four_losses, 0.25, block=5, draws=500, seed=7)
    assert result.p_values.to_dict() == mcs.pvalues["Pvalue"].to_dict()
    assert set(result.included) == set(mcs.included)


def test_all_models_may_be_superior_one_step_after_the_other():
    rng = np.random.default_rng(3)
    base = pd.Series(rng.standard_normal(400))
    gains = pd.DataFrame({"wild": 2 + 10 * rng.standard_normal(400), "calm": 0.4 + rng.standard_normal(400)})
    models = gains.rsub(base, axis=0)
    assert superior_models(base, models[["calm"]], block=1, draws=500) == ("calm",)
    assert superior_models(base, models, block=1, draws=500) == ("wild", "calm")


def test_equal_models_all_stay():
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.standard_normal((300, 5)), columns=list("ABCDE"))
    assert len(model_confidence_set(noise, draws=400).included) == 5
    assert superior_models(noise["A"], noise[list("BCDE")], draws=400) == ()


def test_searching_over_noise_is_not_rewarded():
    """The best of twenty worthless models looks good alone; the test that knows the search says no."""
    rng = np.random.default_rng(2)
    rejected_alone, rejected = [], []
    for seed in range(60):
        losses = pd.DataFrame(rng.standard_normal((150, 20)))
        base = pd.Series(0.1 * rng.standard_normal(150))
        gap = losses.sub(base, axis=0)
        rejected_alone.append((gap.mean() / (gap.std() / np.sqrt(150))).min() < -1.65)
        rejected.append(
            superior_predictive_ability(base, losses, block=1, draws=150, seed=seed).p_value < 0.05
        )
    assert np.mean(rejected_alone) > 0.25
    assert np.mean(rejected) < 0.15


def test_errors_name_the_model(four_losses):
    twin = four_losses.assign(copy=four_losses["mean"])
    with pytest.raises(EstimationError, match="mean and copy"):
        model_confidence_set(twin)
    with pytest.raises(EstimationError, match="zero has the same losses"):
        superior_predictive_ability(four_losses["zero"], four_losses)
    with pytest.raises(DataError, match="99 rows and losses has"):
        superior_models(four_losses["zero"][:-1], four_losses[["f1"]])
    with pytest.raises(ParameterError, match="at least 2"):
        model_confidence_set(four_losses[["f1"]])
    with pytest.raises(ParameterError, match="size"):
        model_confidence_set(four_losses, size=10)
    with pytest.raises(ParameterError, match="block"):
        model_confidence_set(four_losses, block=101)
    with pytest.raises(UnknownNameError, match="max"):
        model_confidence_set(four_losses, method="min")
    with pytest.raises(UnknownNameError, match="stationary"):
        model_confidence_set(four_losses, scheme="moving")
    hole = four_losses.copy()
    hole.iloc[2, 1] = np.nan
    with pytest.raises(DataError, match="zero at 2015-01-05"):
        model_confidence_set(hole)


def test_losses_of_strategies_rank_by_sharpe_and_by_variance():
    rng = np.random.default_rng(3)
    base = rng.standard_normal(1000)
    returns = pd.DataFrame(
        {
            "levered": 3 * (0.05 + base),
            "good": 0.25 + base + 0.1 * rng.standard_normal(1000),
            "calm": 0.02 + 0.5 * base + 0.1 * rng.standard_normal(1000),
        }
    )
    assert returns.mean().idxmax() != "calm"
    by_sharpe = sharpe_losses(returns)
    assert (-by_sharpe.mean()).to_numpy() == pytest.approx((returns.mean() / returns.std()).to_numpy())
    assert model_confidence_set(by_sharpe, draws=300).included == ("good",)
    by_variance = variance_losses(returns)
    assert by_variance.mean().to_numpy() == pytest.approx(returns.var(ddof=0).to_numpy())
    assert model_confidence_set(by_variance, draws=300).included == ("calm",)
    with pytest.raises(EstimationError, match="cash do not vary"):
        sharpe_losses(returns.assign(cash=0.001))


def test_of_twins_the_first_stays():
    frame = pd.DataFrame(np.random.default_rng(4).normal(size=(50, 3)), columns=list("abc"))
    frame["copy of a"] = frame["a"] + 1e-14
    frame["b shifted"] = frame["b"] + 2.0
    assert list(distinct_models(frame).columns) == ["a", "b", "c"]
    assert list(distinct_models(frame, frame["b shifted"]).columns) == ["a", "c"]
    model_confidence_set(distinct_models(frame), draws=50)
