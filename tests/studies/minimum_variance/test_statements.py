import numpy as np
import pytest

from portfolio_study.studies.minimum_variance.measures import OF_ONE_EXAMPLE
from portfolio_study.studies.minimum_variance.statement_examples import example
from portfolio_study.studies.minimum_variance.statements import STATEMENTS, check_statements


@pytest.mark.parametrize("assets", [3, 6])
@pytest.mark.parametrize("name", STATEMENTS)
def test_statement(name, assets):
    check, true = STATEMENTS[name]
    assert all(check(example(assets, seed)) for seed in range(4)) == true


def test_all_statements_are_checked_on_several_examples():
    found = check_statements(count=2)
    assert set(found) == set(STATEMENTS)
    assert all(isinstance(value, bool | np.bool_) for value in found.values())


class Unread:
    """An example that cannot be read."""

    def __getattribute__(self, name):
        raise LookupError(name)


def test_only_checks_that_read_their_market_count_several_markets():
    unread = set()
    for name, (check, _) in STATEMENTS.items():
        try:
            check(Unread())
            unread.add(name)
        except LookupError:
            pass
    assert unread == OF_ONE_EXAMPLE
