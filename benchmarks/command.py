"""How a module of this folder is called from the command line."""

import sys
from collections.abc import Callable

from portfolio_study.errors import StudyError


def run(main: Callable[[list[str]], int]) -> None:
    """End the process with the status of a command; an error of the study is one message and status 2."""
    try:
        sys.exit(main(sys.argv[1:]))
    except StudyError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
