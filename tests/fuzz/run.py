"""Load thousands of files that differ in one or two ways from a plain one: ``make fuzz``.

No file may come back as another table, break with a bare traceback, or be refused without the name of what
is wrong with it. Every deviation that is said to be read must be read alone, and four of five pairs of such
deviations must be read together.
"""

import argparse
import logging
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cases import EQUAL, Outcome, draw, judge, singles
from deviations import READ
from joblib import Parallel, delayed

PAIRS_READ = 0.8
SHOWN = 40


def run(seed: int, numbers: range) -> list[Outcome]:
    """Judge a range of cases in a folder of its own."""
    logging.getLogger("portfolio_study").setLevel(
        logging.ERROR
    )  # notes of thousands of loads hide the result
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STUDY_BUILD_DIR"] = str(Path(folder) / "case" / "build")
        return [judge(draw(seed, number), Path(folder) / "case") for number in numbers]


def share_of_pairs(outcomes: list[Outcome]) -> tuple[int, int]:
    """How many pairs of deviations that are read alone were read together, and of how many."""
    pairs = [o for o in outcomes if len(o.case.deviations) == 2 and o.case.answer == READ]
    return sum(o.end == EQUAL for o in pairs), len(pairs)


def main() -> int:
    """Draw, judge, count; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000, help="how many files (default 10000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="number of one case: its file is kept and its end is shown")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    if asked.only is not None:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        os.environ["STUDY_BUILD_DIR"] = str(folder / "case" / "build")
        outcome = judge(draw(asked.seed, asked.only), folder / "case")
        print(outcome.case, f"must be: {outcome.case.answer}", f"file: {folder / 'case'}", sep="\n")
        print(f"{outcome.end}: {outcome.text}")
        return 0 if outcome.right else 1
    steps = range(0, asked.cases, 50)
    parts = Parallel(n_jobs=asked.jobs)(
        delayed(run)(asked.seed, range(first, min(first + 50, asked.cases))) for first in steps
    )
    outcomes = [outcome for part in parts for outcome in part]
    counts = Counter(o.end for o in outcomes)
    read, pairs = share_of_pairs(outcomes)
    wrong = [(number, o) for number, o in enumerate(outcomes) if not o.right]
    for number, outcome in wrong[:SHOWN]:
        print(f"{outcome.case}\n  must be: {outcome.case.answer}; {outcome.end}: {outcome.text[:300]}")
        print(f"  again: .venv/bin/python tests/fuzz/run.py --seed {asked.seed} --only {number}")
    print(
        f"{len(outcomes)} files ({min(len(singles()), len(outcomes))} with one deviation), seed {asked.seed}"
    )
    print("\n".join(f"  {end}: {number}" for end, number in counts.most_common()))
    print(f"  pairs of deviations that must be read: {read} of {pairs} read")
    print(f"  wrong: {len(wrong)}")
    return 1 if wrong or read < PAIRS_READ * pairs else 0


if __name__ == "__main__":
    sys.exit(main())
