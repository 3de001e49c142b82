"""One dialect of input checks: what every public function demands of what it is given.

Three ideas, three modules (and the names of the estimators, which messages need): numbers over time (``series``), assets (``assets``: panels of returns,
covariances, vectors and bounds aligned to them) and plain parameters (``plain``). Nothing here knows a
method of the library: only the errors lie below.

The rules are the same everywhere.

* Values are finite numbers. Text is refused even where it could be read as a number.
* Rows with labels are in order of time, each label once. Arrays have no labels: their order is believed.
* Assets are matched by label. The same labels in another order are put in order; other labels are refused.
* Rows of several inputs must carry the same labels: rows are never dropped or moved.
* A message names what was found, where (label, date), and what to do.
"""

from portfolio_study.checks.assets import (
    Covariance,
    Labelled,
    Matrix,
    ReturnPanel,
    Vector,
    as_bounds,
    as_covariance,
    as_groups,
    as_matrix,
    as_returns,
    as_vector,
    asset_name,
    require_full_rank,
    same_assets,
    square_frame,
)
from portfolio_study.checks.estimators import ESTIMATOR_NAMES, FEW_OBSERVATIONS
from portfolio_study.checks.plain import check_count, check_number, check_window
from portfolio_study.checks.series import (
    aligned_frames,
    aligned_like,
    aligned_series,
    as_frame,
    as_numbers,
    as_prices,
    as_rate,
    as_series,
    at_rows,
    in_time_order,
    label,
    periods_per_year,
    same_rows,
    sessions_per_year,
)

__all__ = [
    "ESTIMATOR_NAMES",
    "FEW_OBSERVATIONS",
    "Covariance",
    "Labelled",
    "Matrix",
    "ReturnPanel",
    "Vector",
    "aligned_frames",
    "aligned_like",
    "aligned_series",
    "as_bounds",
    "as_covariance",
    "as_frame",
    "as_groups",
    "as_matrix",
    "as_numbers",
    "as_prices",
    "as_rate",
    "as_returns",
    "as_series",
    "as_vector",
    "asset_name",
    "at_rows",
    "check_count",
    "check_number",
    "check_window",
    "in_time_order",
    "label",
    "periods_per_year",
    "require_full_rank",
    "same_assets",
    "same_rows",
    "sessions_per_year",
    "square_frame",
]
