"""Rolling GARCH: golden values, the reference engine, labels, leakage, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.risk.garch import garch_variance, rolling_garch, unconditional_variance
from portfolio_study.risk.garch_kernel import LOGLIK, NEXT_VARIANCE, fit_windows


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.02 * lcg_normal(240, 7).reshape(80, 3)
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=80), columns=["AAA", "BBB", "CCC"])


@pytest.fixture(scope="module")
def fitted(returns):
    return rolling_garch(returns)


def test_recursion_golden(golden):
    known = golden("prices_and_forecasts")["garch_recursion"]
    omega, alpha, beta = known["omega_alpha_beta"]
    variance = garch_variance(known["e"], omega, alpha, beta, known["sigma2_1"])
    np.testing.assert_allclose(variance, known["sigma2"], rtol=1e-12)
    e, h = np.array(known["e"]), variance[:-1]
    assert -0.5 * np.sum(np.log(2 * np.pi * h) + e**2 / h) == pytest.approx(known["loglik"], abs=1e-10)
    assert unconditional_variance(omega, alpha, beta) == pytest.approx(known["uncond"], rel=1e-12)


def test_omega_is_not_the_long_run_variance():
    assert unconditional_variance(0.1, 0.1, 0.8) == pytest.approx(10 * 0.1)
    with pytest.raises(ParameterError, match="below one"):
        unconditional_variance(0.1, 0.2, 0.8)


@pytest.mark.parametrize(
    ("mean", "key"),
    [("zero", "garch_arch_seed7_first50_pct"), ("constant", "garch_arch_seed7_first50_pct_constmean")],
)
def test_arch_golden(golden, lcg_normal, mean, key):
    known, x = golden("prices_and_forecasts")[key], 0.02 * lcg_normal(250, 7)[:51]
    fit = rolling_garch(pd.DataFrame({"X": x}), 50, mean)
    assert fit.loglik.iloc[0, 0] >= known["llf"] - 1e-4
    assert fit.loglik.iloc[0, 0] == pytest.approx(known["llf"], abs=1e-3)
    assert 1e4 * fit.variance.iloc[0, 0] == pytest.approx(known["sigma2_next"], rel=1e-3)
    if mean == "zero":
        assert fit.aic.iloc[0, 0] == pytest.approx(known["aic"], abs=2e-3)
        assert fit.bic.iloc[0, 0] == pytest.approx(known["bic"], abs=2e-3)


@pytest.mark.parametrize("mean", ["constant", "zero"])
def test_agrees_with_the_reference_engine(returns, mean, monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "sequential")
    part = returns.iloc[:60, :2]
    ours, reference = rolling_garch(part, 50, mean), rolling_garch(part, 50, mean, engine="arch")
    assert (ours.loglik - reference.loglik).to_numpy().min() >= -1e-4
    # Where both found the same maximum, all numbers agree.
    same = (ours.loglik - reference.loglik).abs().to_numpy() < 1e-6
    assert same.mean() > 0.3
    np.testing.assert_allclose(
        ours.volatility.to_numpy()[same], reference.volatility.to_numpy()[same], rtol=5e-3
    )
    for name in ("volatility", "loglik", "aic", "bic"):
        assert getattr(ours, name).index.equals(getattr(reference, name).index)
    assert (ours.engine, reference.engine) == ("batched", "arch")


def test_held_parameters_are_filtered_as_arch_does(returns):
    from arch import arch_model

    fit = rolling_garch(returns[["AAA"]], 50, refit=7)
    parameters = pd.DataFrame({name: table["AAA"] for name, table in fit.parameters.items()})
    assert (parameters.iloc[:7] == parameters.iloc[0]).to_numpy().all()
    assert not parameters.iloc[0].equals(parameters.iloc[7])
    for k in (3, 6, 8):
        window = 100 * returns["AAA"].to_numpy()[k : k + 50]
        p = parameters.iloc[k]
        held = arch_model(window, rescale=False).fix([100 * p["mu"], 1e4 * p["omega"], p["alpha"], p["beta"]])
        assert fit.loglik.iloc[k, 0] == pytest.approx(held.loglikelihood, abs=1e-8)
        ahead = held.forecast(horizon=1, reindex=False).variance.to_numpy()[-1, 0]
        assert 1e4 * fit.variance.iloc[k, 0] == pytest.approx(ahead, rel=1e-10)


def test_reference_engine_holds_parameters_too(returns, monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "sequential")
    part = returns[["BBB"]].iloc[:56]
    reference = rolling_garch(part, 50, refit=4, engine="arch")
    assert (reference.parameters["omega"]["BBB"].iloc[:4].nunique(), len(reference.volatility)) == (1, 6)


def test_labels_and_counts(returns, fitted):
    assert fitted.volatility.index.equals(returns.index[50:])
    assert list(fitted.volatility.columns) == list(returns.columns)
    assert len(fitted.volatility) + 1 == len(returns) - 49  # T - n + 1 windows, one beyond the sample
    longer = pd.concat([returns, returns.iloc[:1].set_axis([pd.Timestamp("2030-01-01")])])
    ahead = rolling_garch(longer).volatility.iloc[-1]
    np.testing.assert_array_equal(ahead.to_numpy(), fitted.next_volatility.to_numpy())


def test_information_criteria(fitted):
    np.testing.assert_allclose(fitted.aic, -2 * fitted.loglik + 8)
    np.testing.assert_allclose(fitted.bic, -2 * fitted.loglik + 4 * np.log(50))


def test_boundary_shares(fitted):
    shares = fitted.boundary_shares()
    assert 0 < shares["any"] <= 1
    assert shares["any"] >= shares[["alpha = 0", "beta = 0", "alpha + beta = 1"]].max()
    inside = ~fitted.boundary.to_numpy()
    alpha, beta = fitted.parameters["alpha"].to_numpy(), fitted.parameters["beta"].to_numpy()
    assert (alpha[inside] > 0).all() and (beta[inside] > 0).all() and (alpha + beta)[inside].max() < 1


def test_standardised_returns(returns, fitted):
    z = fitted.standardise(returns)
    back = z * fitted.volatility + fitted.parameters["mu"]
    np.testing.assert_allclose(back, returns.iloc[50:], atol=1e-15)


def test_a_changed_return_moves_no_earlier_forecast(returns, fitted):
    changed = returns.copy()
    changed.iloc[70, 1] = 0.15
    again = rolling_garch(changed)
    pd.testing.assert_frame_equal(again.volatility.iloc[:21], fitted.volatility.iloc[:21], check_exact=True)
    pd.testing.assert_frame_equal(again.volatility[["AAA", "CCC"]], fitted.volatility[["AAA", "CCC"]])
    assert (again.volatility["BBB"].iloc[21:] != fitted.volatility["BBB"].iloc[21:]).all()


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.05, 20.0), seed=st.integers(0, 10_000))
def test_volatility_scales_with_the_returns(scale, seed):
    x = pd.DataFrame({"X": 0.01 * np.random.default_rng(seed).standard_t(4, 52)})
    one, other = rolling_garch(x), rolling_garch(scale * x)
    np.testing.assert_allclose(other.volatility, scale * one.volatility, rtol=1e-6)
    np.testing.assert_allclose(other.loglik, one.loglik - 50 * np.log(scale), atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_sign_does_not_matter(seed):
    x = pd.DataFrame({"X": 0.01 * np.random.default_rng(seed).standard_normal(51)})
    np.testing.assert_allclose(rolling_garch(-x).loglik, rolling_garch(x).loglik, atol=1e-8)


def test_missing_return_names_ticker_and_date(returns):
    broken = returns.copy()
    broken.loc["2020-02-05", "BBB"] = np.nan
    with pytest.raises(DataError, match="BBB at 2020-02-05"):
        rolling_garch(broken)


def test_constant_price_is_an_error_or_a_counted_fallback(returns):
    flat = returns.copy()
    flat.iloc[52:76, 2] = 0.0  # never more than half of a window
    with pytest.raises(EstimationError, match=r"CCC in the window .*next to no risk .\d+ windows"):
        rolling_garch(flat)
    fit = rolling_garch(flat, on_failure="previous")
    flagged = fit.fallback["CCC"]
    assert flagged.sum() >= 6 and not fit.fallback[["AAA", "BBB"]].to_numpy().any()
    carried = fit.volatility["CCC"]
    assert (carried[flagged] == carried.shift(1)[flagged]).all()
    # Without the check the likelihood runs off to forecasts of a thousandth of the usual volatility.
    assert carried.min() > 0.02 * returns["CCC"].std()


@pytest.mark.parametrize("quiet", [0.0, 1e-8])
def test_share_that_hardly_moves_is_no_calm_share(returns, quiet):
    still = returns.copy()
    still["CCC"] = np.where(np.arange(80) % 2, quiet, -quiet)
    still.iloc[[3, 60], 2] = 0.05
    with pytest.raises(EstimationError, match=r"CCC in the window .* its price hardly moves"):
        rolling_garch(still)


def test_a_spike_of_the_likelihood_in_a_window_that_moves_is_no_fault():
    x = np.random.default_rng(1).standard_normal(37160)[-21:] / 100  # its first window is such a one
    flat = np.zeros((1, 2), bool)
    spike, usual = (fit_windows(100 * x[None], 20, True, 1, flat, least)[0, 0] for least in (0.0, 4e-4))
    own = 100 * x[:20].std()
    assert spike[LOGLIK] > usual[LOGLIK]
    assert spike[NEXT_VARIANCE] < (0.02 * own) ** 2
    assert (0.5 * own) ** 2 < usual[NEXT_VARIANCE] < (2 * own) ** 2
    fit = rolling_garch(pd.DataFrame({"X": x}), 20)
    assert fit.volatility.iloc[0, 0] == pytest.approx(usual[NEXT_VARIANCE] ** 0.5 / 100)
    assert not fit.fallback.to_numpy().any()


def test_a_small_scale_alone_is_no_fault(returns):
    calm = rolling_garch(returns * 1e-3)
    assert not calm.fallback.to_numpy().any()


def test_constant_price_from_the_start_has_nothing_to_carry(returns):
    flat = returns.copy()
    flat.iloc[:55, 0] = 0.0
    with pytest.raises(EstimationError, match=r"AAA.*no earlier window"):
        rolling_garch(flat, on_failure="previous")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"window": 5}, ParameterError, "window"),
        ({"window": 50.0}, ParameterError, "window"),
        ({"refit": 0}, ParameterError, "refit"),
        ({"mean": "linear"}, UnknownNameError, "mean"),
        ({"engine": "archs"}, UnknownNameError, "did you mean 'arch'"),
        ({"on_failure": "ignore"}, ParameterError, "on_failure"),
        ({"window": 80}, DataError, "80 rows, at least 81 are needed"),
    ],
)
def test_bad_parameters(returns, options, error, message):
    with pytest.raises(error, match=message):
        rolling_garch(returns, **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.iloc[::-1], "order of time.*newest first"),
        (lambda r: pd.concat([r, r.iloc[-1:]]), "two rows for 2020-04-21"),
        (lambda r: r.assign(AAA="x"), "AAA at 2020-01-01 is the text 'x'"),
        (lambda r: r.to_numpy(), "DataFrame .dates x tickers. or a Series, got ndarray"),
        (lambda r: r.set_axis(["AAA", "AAA", "CCC"], axis=1), "column 'AAA' more than once"),
    ],
)
def test_bad_tables(returns, change, message):
    with pytest.raises(DataError, match=message):
        rolling_garch(change(returns))
