"""Compare the published run with the frozen baseline of its profile: a change of structure changes no result.

``python -m tests.baseline`` compares every record (value, interval, standard error, n) to one part in
1e9, and every verdict; ``python -m tests.baseline freeze`` stores the published run. ``keys.yml`` maps
keys that were renamed, and gives a reason for every key that is gone; new keys are allowed.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from portfolio_study.ledger.records import read_records
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published

HERE = Path(__file__).parent
RELATIVE = 1e-9
FIELDS = ("value", "interval", "se", "n", "p_value", "detectable", "unit")


def results() -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Profile, records and verdict rows of the published run."""
    layout = Layout.here()
    name = published(layout)
    if name is None:
        sys.exit("nothing is published: run `make book` first")
    folder = layout.runs / name
    run = json.loads((folder / "run.json").read_text())
    records = {
        key: [record.to_dict()[field] for field in FIELDS]
        for chapter in run["chapters"]
        for key, record in read_records(folder / "notebooks" / f"{chapter}.ipynb").items()
    }
    rows = {
        f"{row['id']} ({row['reading']})": [row["verdict"], row["value"], row["interval"]]
        for row in json.loads((folder / "verdicts.json").read_text())
    }
    return run["profile"], records, rows


def freeze() -> None:
    """Store the published run, one line a value."""
    profile, records, rows = results()
    lines = [
        f"{json.dumps(part)}: {{\n"
        + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(kept.items()))
        for part, kept in (("records", records), ("verdicts", rows))
    ]
    (HERE / f"{profile}.json").write_text("{\n" + "\n},\n".join(lines) + "\n}}\n")


def equal(a: Any, b: Any) -> bool:
    """Whether two values are the same to one part in 1e9."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float | int) and not isinstance(b, bool):
        return abs(a - b) <= RELATIVE * max(1.0, abs(a))
    return type(a) is type(b) and bool(a == b)


def main() -> None:
    """Print what differs; end with 1 if anything does."""
    profile, records, rows = results()
    frozen = json.loads((HERE / f"{profile}.json").read_text())
    keys = yaml.safe_load((HERE / "keys.yml").read_text())
    renamed, gone, loose = (keys.get(part) or {} for part in ("renamed", "gone", "loose"))
    bad = []
    for key, before in frozen["records"].items():
        after = records.get(renamed.get(key, key))
        if after is None:
            if not any(key == name or (name.endswith("*") and key.startswith(name[:-1])) for name in gone):
                bad.append(f"{key}: gone, was {before[0]!r}")
            continue
        for field, old, new in zip(FIELDS, before, after, strict=True):
            if not equal(old, new) and key not in loose:
                bad.append(f"{key}: {field} was {old!r}, is {new!r}")
    for key, before in frozen["verdicts"].items():
        after = rows.get(key)
        if not equal(before, after):
            bad.append(f"verdict {key}: was {before!r}, is {after!r}")
    print(
        "\n".join(bad) or f"{len(frozen['records'])} records and {len(frozen['verdicts'])} verdicts are equal"
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    freeze() if sys.argv[1:] == ["freeze"] else main()
