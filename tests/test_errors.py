import pytest

from portfolio_study import errors


def test_every_error_is_a_study_error():
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    assert len(kinds) > 8
    assert all(issubclass(kind, errors.StudyError) for kind in kinds)


def test_unknown_name_offers_the_nearest_valid_one():
    error = errors.UnknownNameError("universe", "dow2O", ["dow20", "us20", "sp500"])
    assert error.nearest == "dow20"
    assert "unknown universe 'dow2O'; did you mean 'dow20'? Valid: dow20, us20, sp500." in str(error)


@pytest.mark.parametrize("name", ["zzz", ""])
def test_unknown_name_without_a_near_one_lists_the_valid(name):
    error = errors.UnknownNameError("profile", name, ["study"])
    assert error.nearest is None
    assert "Valid: study." in str(error)
