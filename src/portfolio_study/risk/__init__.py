"""Variances and covariances one step ahead."""
