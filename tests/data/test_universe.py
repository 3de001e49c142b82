import pytest

from portfolio_study.data import UNIVERSES, resolve_universe
from portfolio_study.errors import ParameterError


def test_named_universes():
    assert {"dow20", "us20", "bigtech5", "sp500", "french12", "french_size_value", "nasdaq"} <= set(UNIVERSES)
    assert len(UNIVERSES["dow20"].tickers) == len(set(UNIVERSES["dow20"].tickers)) == 20
    assert UNIVERSES["dow20"].start == "2010-01-01" and UNIVERSES["dow20"].end == "2024-03-31"
    shared = set(UNIVERSES["us20"].tickers) & set(UNIVERSES["dow20"].tickers)
    assert len(shared) == 9
    assert UNIVERSES["bigtech5"].aliases["META"] == ("FB",)
    for name in ("dow20", "us20", "bigtech5"):
        assert "hindsight" in UNIVERSES[name].warning


@pytest.mark.parametrize(
    "given", ["AAPL MSFT", "AAPL,MSFT", " AAPL ;  MSFT ", ["AAPL", "MSFT"], ("AAPL", "MSFT")]
)
def test_tickers_in_every_form(given):
    found = resolve_universe(given)
    assert found.name == "custom" and found.tickers == ("AAPL", "MSFT")


def test_name_and_universe_pass_through():
    assert resolve_universe(" dow20 ") is UNIVERSES["dow20"]
    assert resolve_universe(UNIVERSES["us20"]) is UNIVERSES["us20"]


@pytest.mark.parametrize("given", ["", "  ", ",;", [], [""]])
def test_empty_universe_is_refused(given):
    with pytest.raises(ParameterError, match=r"empty|not a ticker"):
        resolve_universe(given)


@pytest.mark.parametrize("given", ["$(touch x)", "AAPL|rm", "`id`", "../x", "A" * 21, "A B\tC&D"])
def test_shell_characters_stay_text_and_are_refused(given):
    with pytest.raises(ParameterError, match="not a ticker"):
        resolve_universe(given)


def test_repeated_ticker_is_named():
    with pytest.raises(ParameterError, match="AAPL twice"):
        resolve_universe("AAPL MSFT AAPL")
