"""Standard errors, p-values and kurtosis against statsmodels."""

import warnings

import numpy as np
import pytest

from portfolio_study.errors import UnknownNameError
from portfolio_study.forecasting.arma_inference import arma_inference, residual_kurtosis

pytestmark = pytest.mark.slow  # statsmodels fits, and differentiates numerically


@pytest.fixture(scope="module")
def fitted():
    """Three windows with a clear structure, fitted by statsmodels."""
    from statsmodels.tsa.arima.model import ARIMA

    generator = np.random.default_rng(12)
    results, windows = [], []
    for phi, theta in [(0.7, 0.4), (-0.6, -0.3), (0.2, 0.6)]:
        e = generator.normal(size=150)
        x = np.zeros(150)
        for t in range(1, 150):
            x[t] = phi * x[t - 1] + e[t] + theta * e[t - 1]
        windows.append(0.02 * x[50:] + 0.001)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append(ARIMA(windows[-1], order=(1, 0, 1)).fit())
    return np.array(windows), results


def test_outer_product_equals_statsmodels_default(fitted):
    windows, results = fitted
    found = arma_inference(windows, np.array([r.params for r in results]))
    assert found.defined.all()
    assert found.se == pytest.approx(np.array([r.bse for r in results]), rel=1e-6)
    assert found.p_ar == pytest.approx([r.pvalues[1] for r in results], abs=1e-8)
    assert found.p_ma == pytest.approx([r.pvalues[2] for r in results], abs=1e-8)


def test_hessian_equals_the_numerical_one_of_statsmodels(fitted):
    windows, results = fitted
    found = arma_inference(windows, np.array([r.params for r in results]), "hessian")
    theirs = []
    for window, result in zip(windows, results, strict=True):
        model = type(result.model)(window / 0.02, order=(1, 0, 1))  # statsmodels' own steps need unit scale
        p = result.params / np.array([0.02, 1, 1, 0.02**2])
        information = -model.hessian(p, method="approx") * len(window)  # theirs is the mean over observations
        theirs.append(np.sqrt(np.diag(np.linalg.inv(information))))
    scale = np.array([0.02, 1, 1, 0.02**2])
    assert found.se == pytest.approx(np.array(theirs) * scale, rel=1e-5)


def test_kurtosis_is_pearsons_as_in_the_summary(fitted):
    windows, results = fitted
    theirs = [r.test_normality("jarquebera")[0, 3] for r in results]
    assert residual_kurtosis(windows, np.array([r.params for r in results])) == pytest.approx(
        theirs, abs=1e-10
    )


def test_golden_kurtosis(golden, lcg_normal):
    g = golden("prices_and_forecasts")["kurtosis_seed7"]
    x = 0.02 * lcg_normal(250, 7)
    found = residual_kurtosis(x[None], np.array([[x.mean(), 0.0, 0.0, x.var()]]))
    assert found[0] == pytest.approx(g["pearson"], abs=1e-10)
    assert found[0] - 3 == pytest.approx(g["fisher_excess"], abs=1e-10)


def test_singular_information_is_flagged_not_hidden():
    x = np.random.default_rng(0).normal(size=(1, 50))
    found = arma_inference(x, np.array([[x.mean(), 0.4, -0.4, x.var()]]))  # a common factor
    assert not found.defined[0]
    assert np.isnan(found.p_ar[0])
    assert np.isfinite(found.kurtosis[0])


def test_p_values_do_not_depend_on_the_unit():
    x = np.random.default_rng(1).normal(size=(4, 60))
    p = np.array([[0.1, 0.5, 0.2, 1.1]] * 4)
    small = arma_inference(1e-3 * x, p * np.array([1e-3, 1, 1, 1e-6]))
    base = arma_inference(x, p)
    assert small.p_ar == pytest.approx(base.p_ar, rel=1e-9)
    assert small.se == pytest.approx(base.se * np.array([1e-3, 1, 1, 1e-6]), rel=1e-9)


def test_unknown_information_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'hessian'"):
        arma_inference(np.zeros((1, 20)), np.zeros((1, 4)), "hesian")
