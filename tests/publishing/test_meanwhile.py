"""Before the first book stands, its reader has the answers that are stored with it; then the page is gone."""

import json
import re

import pytest

from portfolio_study.ledger.marks import badge
from portfolio_study.publishing import meanwhile
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.profiles import RunRequest
from portfolio_study.publishing.run import build_book


@pytest.fixture
def page(tmp_path):
    """The page of this book's reference run."""
    layout = Layout(Layout.here().root, tmp_path)
    assert meanwhile.Meanwhile(layout).begin()
    return (tmp_path / meanwhile.NAME).read_text(encoding="utf-8")


def test_the_page_has_every_judged_claim_with_its_verdict_and_no_dead_link(page):
    rows = json.loads((Layout.here().book / "reference" / "papers.json").read_text(encoding="utf-8"))[
        "verdicts"
    ]
    judged = [row for row in rows if row["counts"]]
    claims = page.partition("Every judged claim")[2]
    assert claims.count('<th scope="row">') == len(judged) > 100
    for row in judged:
        assert badge(row["verdict"], row.get("weak", False)) in claims
    assert not re.search(r"<a\b|\bsrc=|url\(|This build|visually-hidden\W", page.partition("</style>")[2])


def test_the_first_build_writes_it_before_any_chapter_runs_and_the_book_replaces_it(toy):
    stored = toy.book / "reference" / "papers.json"
    stored.parent.mkdir()
    stored.write_text(json.dumps({"verdicts": [], "run": {"profile": "paper"}}))
    told, at_first = [], []

    def say(line):
        told.append(line)
        at_first.append((toy.build / meanwhile.NAME).is_file())

    build_book(RunRequest(profile="smoke"), toy, say)
    place = next(k for k, line in enumerate(told) if meanwhile.NAME in line)
    assert at_first[place] and not any("executing" in line for line in told[:place])
    assert not (toy.build / meanwhile.NAME).exists()
    told.clear()
    (toy.book / "alpha.md").write_text((toy.book / "alpha.md").read_text().replace("multiplies", "doubles"))
    build_book(RunRequest(profile="smoke"), toy, say)
    assert not any(meanwhile.NAME in line for line in told)  # there is a book to read
