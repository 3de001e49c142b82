from portfolio_study.ledger import claimed
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.settings import project_root


def test_results_stand_under_the_sentences_of_their_claims():
    sentences = {c.id: c.statement for c in load_ledger(project_root()).claims}
    found = claimed("minimum_variance.statement", {"dr_1": False, "not_a.claim": True})
    assert found == {sentences["minimum-variance-001-dr-1"]: False, "not a, claim": True}
    assert list(claimed("toy", {"estimator.clime": 1}, str.upper)) == ["ESTIMATOR.CLIME"]


def test_readings_of_one_claim_are_told_apart_and_no_result_is_lost():
    found = claimed("arima.tails", {"focus": 1, "least": 2})
    sentence = "the residuals have fat tails, far from the normal kurtosis of 3"
    assert found == {f"{sentence} (one stock)": 1, f"{sentence} (every asset: the smallest)": 2}
