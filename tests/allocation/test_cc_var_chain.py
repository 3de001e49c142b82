"""Option chains: reading, arbitrage checks, Breeden-Litzenberger prices."""

import os

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.cc_var.chain import black_chain, check_chain, read_option_chain
from portfolio_study.allocation.cc_var.chain_prices import (
    butterfly_prices_of_calls,
    call_curve,
    chain_prices,
    check_call_curve,
    implied_forward,
)
from portfolio_study.allocation.cc_var.options import butterfly_prices
from portfolio_study.allocation.cc_var.scenarios import lognormal
from portfolio_study.errors import DataError, ParameterError

STRIKES = np.arange(80.0, 125.0, 5.0)


@pytest.fixture
def chain():
    return black_chain(101.0, 0.2, 0.25, STRIKES, discount=0.99, spread=0.02)


def test_prices_are_those_of_the_density(chain):
    prices, forward = chain_prices(check_chain(chain))
    assert forward == pytest.approx(101)
    assert prices.sum() == pytest.approx(1, abs=1e-12)
    expected = butterfly_prices(lognormal(0.2, 0.0, 0.25, 101.0).cdf, STRIKES)
    assert prices.to_numpy() == pytest.approx(expected, abs=1e-9)


def test_forward_and_discount(chain):
    forward, discount = implied_forward(check_chain(chain))
    assert (forward, discount) == pytest.approx((101, 0.99))
    calls = check_chain(chain[chain["type"] == "call"])
    with pytest.raises(DataError, match="two strikes with a call and a put"):
        implied_forward(calls)
    prices, _ = chain_prices(calls, forward=101.0, discount=0.99)
    assert prices.sum() == pytest.approx(1)
    with pytest.raises(ParameterError, match="both forward and discount"):
        chain_prices(calls, forward=101.0)


def test_csv_round_trip(chain, tmp_path):
    path = tmp_path / "chain.csv"
    chain.rename(columns=str.upper).assign(TYPE=lambda t: t["TYPE"].str[0].str.upper()).to_csv(
        path, index=False
    )
    pd.testing.assert_frame_equal(read_option_chain(path), check_chain(chain), check_exact=False)
    with pytest.raises(DataError, match="cannot be read: there is no such file"):
        read_option_chain(tmp_path / "missing.csv")


def test_only_a_small_file_is_read_as_a_chain(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for odd in ("pipe.csv", "/dev/zero", "http://localhost/chain.csv"):
        with pytest.raises(DataError, match="there is no such file"):
            read_option_chain(tmp_path / odd)
    with (tmp_path / "large.csv").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(DataError, match="more than 1 MiB: keep the quotes of one maturity"):
        read_option_chain(tmp_path / "large.csv")


def test_a_price_column_is_enough(chain):
    middle = chain.assign(price=(chain["bid"] + chain["ask"]) / 2)[["strike", "type", "price"]]
    assert chain_prices(check_chain(middle))[0].to_numpy() == pytest.approx(
        chain_prices(check_chain(chain))[0].to_numpy()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="ask"), "column 'ask' is missing"),
        (lambda t: t.assign(type="future"), "row 1 has type 'future'"),
        (lambda t: t.assign(bid=t["bid"].where(t["strike"] != 95, -1)), "bid at strike 95.0 .call. is -1"),
        (lambda t: t.assign(ask=t["ask"].where(t["strike"] != 90)), "ask at strike 90.0 .call. is nan"),
        (lambda t: t.assign(bid=t["bid"] + 3 * (t["strike"] == 110)), "call at strike 110 is crossed"),
        (lambda t: pd.concat([t, t.iloc[[2]]]), "the call at strike 90.0 stands twice"),
    ],
)
def test_bad_quotes_name_the_strike(chain, change, message):
    with pytest.raises(DataError, match=message):
        check_chain(change(chain))


def curve(prices, forward=100.0):
    return check_call_curve(pd.Series(prices, index=[90.0, 100.0, 110.0, 120.0]), forward)


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ([12.0, 5.0, 3.0, 2.5], None),
        ([9.0, 5.0, 3.0, 2.5], "strike 90 is below its value at exercise"),
        ([101.0, 95.0, 90.0, 85.0], "strike 90 is above the forward"),
        ([12.0, 5.0, 5.5, 2.5], "strike 110 is dearer"),
        ([15.0, 4.0, 3.0, 2.5], "strike 100 is cheaper than the call below"),
        ([12.0, 7.0, 6.5, 2.5], "not convex at strike 110"),
    ],
)
def test_arbitrage_names_the_strike(prices, message):
    if message is None:
        curve(prices)
        return
    with pytest.raises(DataError, match=message):
        curve(prices)


def test_repair_moves_prices_as_little_as_possible(chain):
    broken = check_chain(
        chain.assign(
            **{
                side: chain[side] + 0.5 * ((chain["strike"] == 110) & (chain["type"] == "call"))
                for side in ("bid", "ask")
            }
        )
    )
    with pytest.raises(DataError, match="not convex at strike 110"):
        chain_prices(broken)
    prices, forward = chain_prices(broken, repair=True)
    assert prices.sum() == pytest.approx(1)
    assert (prices >= 0).all()
    clean = check_chain(chain)
    same, _ = chain_prices(clean, repair=True)
    # a chain without arbitrage is left alone, up to the solver's tolerance
    assert same.to_numpy() == pytest.approx(chain_prices(clean)[0].to_numpy(), abs=1e-5)
    assert forward == pytest.approx(101, abs=0.5)


def test_out_of_the_money_quotes_are_used():
    """A stale call deep in the money does not matter when the put there is good."""
    chain = check_chain(black_chain(101.0, 0.2, 0.25, STRIKES))
    stale = chain.assign(price=chain["price"] + 5.0 * ((chain["strike"] == 80) & (chain["type"] == "call")))
    curve = call_curve(stale, 101.0, 1.0)
    assert curve["call"].to_numpy() == pytest.approx(call_curve(chain, 101.0, 1.0)["call"].to_numpy())


def test_edges_take_the_tails():
    calls = pd.Series([12.0, 5.0, 3.0], index=[90.0, 100.0, 110.0])
    assert butterfly_prices_of_calls(calls).tolist() == pytest.approx([0.3, 0.5, 0.2])
