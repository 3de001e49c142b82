"""Typed errors: each names the offending ticker, date or parameter and says what to do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches


class StudyError(Exception):
    """Base of every error that a user of the study can cause or must act on.

    The command line prints its message without a traceback and exits with 2.
    """


class ParameterError(StudyError, ValueError):
    """A parameter has a value with which the computation makes no sense."""


class UnknownNameError(ParameterError):
    """A name (ticker, universe, source, profile, method, parameter) is not known.

    Parameters
    ----------
    kind : str
        What the name stands for, e.g. ``"universe"``.
    name : str
        The name that was given.
    choices : iterable of str
        The valid names; the nearest ones are offered in the message.
    near : iterable of str, optional
        What to offer instead of the name that is spelled most alike.
    hint : str
        How to write that, if it needs saying.
    remedy : str
        What to do, instead of the list of valid names.
    """

    def __init__(
        self,
        kind: str,
        name: object,
        choices: Iterable[object] = (),
        near: Iterable[str] | None = None,
        hint: str = "",
        remedy: str = "",
    ) -> None:
        valid = [str(choice) for choice in choices]
        alike = get_close_matches(str(name).lower(), [v.lower() for v in valid], n=1, cutoff=0.5)
        offered = [v for v in valid if alike and v.lower() == alike[0]][:1] if near is None else list(near)
        nearest = next(iter(offered), None)
        message = f"unknown {kind} {str(name)!r}"
        if offered:
            message += f"; did you mean {' or '.join(map(repr, offered))}?" + (f" {hint}" if hint else "")
        if remedy:
            message += f" {remedy[0].upper()}{remedy[1:]}."
        elif valid:
            shown = ", ".join(valid[:30]) + (", ..." if len(valid) > 30 else "")
            message += f" Valid: {shown}."
        super().__init__(message)
        self.kind, self.name, self.nearest = kind, name, nearest


class DataError(StudyError, ValueError):
    """Prices or returns are not usable: missing, negative, duplicated, too short."""


class SourceError(StudyError):
    """A source of prices did not deliver (network, rate limit, missing file)."""


class SnapshotError(StudyError):
    """A stored snapshot is missing or does not match its checksum."""


class EstimationError(StudyError):
    """A model could not be estimated (no convergence, degenerate data)."""


class CovarianceError(StudyError, ValueError):
    """A covariance matrix is not symmetric, not positive (semi-)definite, or has NaN."""


class OptimisationError(StudyError):
    """An optimiser found no solution: infeasible constraints or no convergence."""


class LedgerError(StudyError):
    """The claims ledger contradicts itself or lacks a value that it needs."""


class BuildError(StudyError):
    """A step of the build failed; the site that was published before is untouched."""


class ClusterError(StudyError):
    """A cluster that was asked for is not there, lacks workers, or would compute other numbers."""


class MissingPackageError(StudyError, ImportError):
    """A package that only a part of the study needs is not installed."""


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Import packages of an extra of ``pyproject.toml``; say how to install them if they are missing.

    Parameters
    ----------
    extra : str
        Name of the extra, e.g. ``networks``.

    Raises
    ------
    MissingPackageError
        If an import inside the block finds no package.

    Examples
    --------
    >>> with needing("networks"):
    ...     import no_such_package
    Traceback (most recent call last):
    ...
    portfolio_study.errors.MissingPackageError: the package 'no_such_package' is not installed: \
pip install 'portfolio-study[networks]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None:  # raised by hand: it says itself what is wrong
            raise
        raise MissingPackageError(
            f"the package {error.name.partition('.')[0]!r} is not installed: "
            f"pip install 'portfolio-study[{extra}]'"
        ) from error
