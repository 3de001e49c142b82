"""Portfolio weights from means, covariances, scenarios and policies."""
