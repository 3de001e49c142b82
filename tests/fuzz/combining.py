"""Put deviations together: which go into one file, and the plan of that file."""

from catalogue import DEVIATIONS
from deviations import Deviation
from writing import Plan

# What cannot be done at once, or would be another deviation than the one that is named.
APART = (
    {"compression", "suffix"},
    {"date form", "time of day"},
    {"preamble", "comments"},
    {"thousands", "number form"},
    {"gap", "late start"},
    {"gap", "unit"},
    {"late start", "unit"},
    {"currency", "number form"},
    {"currency", "extra columns"},
    {"currency", "unit"},
    {"calendar", "time of day"},
    {"calendar", "gap"},
    {"calendar", "row order"},
    {"calendar", "repeated rows"},
    {"calendar", "late start"},
    {"damage", "blank rows"},
    {"damage", "comments"},
    {"damage", "trailing delimiter"},
    {"damage", "repeated rows"},
    {"damage", "extra columns"},
    {"damage", "row order"},
    {"fields", "adjusted closes"},
    {"fields", "unit"},
    {"repeated rows", "gap"},
    {"date column", "case of names"},
    {"adjusted closes", "case of names"},
    {"ticker column", "case of names"},
)


def layouts(*deviations: Deviation) -> tuple[str, ...]:
    """Plain layouts (``wide``, ``long``) from which a file with all these deviations can be made."""
    plain = []
    for layout in ("wide", "long"):
        final = planned(deviations, layout).layout
        if all(final in d.layouts for d in deviations if d.dimension != "layout"):
            plain.append(layout)
    return tuple(plain)


def go_together(one: Deviation, two: Deviation) -> bool:
    """Whether two deviations can be put into one file, and stay what they are there."""
    both = {one.dimension, two.dimension}
    if len(both) == 1 or both in APART or not layouts(one, two):
        return False
    if "encoding" in both and "tickers" in both:
        return False
    return not (planned((one, two), "wide").parquet and (one.text or two.text))


def planned(deviations: tuple[Deviation, ...], layout: str) -> Plan:
    """The plan of a plain file with deviations; they are applied in the order of the list."""
    plan = Plan(layout=layout)
    for deviation in sorted(deviations, key=DEVIATIONS.index):
        plan = deviation.change(plan)
    return plan
