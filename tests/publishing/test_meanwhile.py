"""Before the first book stands, its reader has the answers that are stored with it; then the page is gone."""

import json
import re

import nbformat
import pytest

from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.study import FIGURE_METADATA
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


def executed():
    """A notebook with a table, a picture, an interactive figure and a recorded value."""
    new = nbformat.v4
    outputs = [
        new.new_output("execute_result", {"text/html": "<table><tr><td>1</td></tr></table>"}),
        new.new_output(
            "display_data", {"image/png": "iVBOR"}, metadata={FIGURE_METADATA: {"alt": "A <line>"}}
        ),
        new.new_output("display_data", {"text/html": "<table></table><script>draw()</script>"}),
        new.new_output(
            "display_data", {"application/papermill.record/text/plain": "1", "text/html": "<table>2"}
        ),
    ]
    cells = [
        new.new_markdown_cell("(label)=\n# Title\n\n## Empty"),
        new.new_markdown_cell("## A *section*\n\nWords {glue:text}`value`."),
        new.new_code_cell("show()", outputs=outputs),
    ]
    return new.new_notebook(cells=cells)


def test_a_finished_chapter_shows_its_tables_and_pictures_and_neither_unfilled_words_nor_scripts():
    page = meanwhile.early_page("The data", executed(), "")
    assert "<h1>The data</h1>" in page and "<h2>A section</h2>" in page
    assert page.count("<table>") == 1 and page.count("<img ") == 1 and 'alt="A &lt;line&gt;"' in page
    assert not re.search(r"glue|<script|Empty", page)
    assert f'href="../{meanwhile.NAME}"' in page  # the way back


def test_chapters_are_offered_as_they_are_computed_and_the_book_replaces_them(toy, monkeypatch):
    stored = toy.book / "reference" / "papers.json"
    stored.parent.mkdir()
    stored.write_text(json.dumps({"verdicts": [], "run": {"profile": "paper"}}))
    offered = []
    write = meanwhile.Meanwhile._write

    def watched(self):
        write(self)
        offered.append(self.page.read_text(encoding="utf-8"))

    monkeypatch.setattr(meanwhile.Meanwhile, "_write", watched)
    result = build_book(RunRequest(profile="smoke"), toy)
    assert len(result.executed) > 1 and len(offered) > 1  # the last chapter may end with the book
    assert meanwhile.CHAPTERS not in offered[0] and f'href="{meanwhile.CHAPTERS}/' in offered[-1]
    assert not (toy.build / meanwhile.CHAPTERS).exists()


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
