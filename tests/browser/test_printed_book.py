"""The small book printed as one PDF."""

import re

import pytest
from small_book import PAGES

from portfolio_study.publishing.pdf import page_numbers, write_pdf

pytestmark = pytest.mark.slow


def test_the_book_is_one_file_with_contents_and_bookmarks(book):
    said = []
    path = write_pdf(book, said.append)
    printed = path.read_bytes()
    assert printed.startswith(b"%PDF") and said[-1] == "printing the book"
    pages = len(re.findall(rb"/Type /Page\b", printed))
    numbers = page_numbers(printed)
    assert pages >= len(PAGES) + 2  # title, contents, every page on its own
    assert numbers[0] == 3 and max(numbers.values()) <= pages
    assert [numbers[k] for k in sorted(numbers)] == sorted(numbers.values())
    assert b"/Outlines" in printed  # bookmarks
    assert not list(book.build.glob("*.tmp"))


def test_a_page_printed_alone_begins_with_its_title_and_fills_the_paper(tab, from_disk):
    tab.media("print")
    tab.open(f"{from_disk}/book/{PAGES[-1]}.html")
    assert tab.value("document.querySelector('article h1').checkVisibility()")  # the theme hides it
    assert tab.value("getComputedStyle(document.querySelector('article')).breakBefore") == "auto"
    wide = "document.querySelector('article').clientWidth"
    assert tab.value(f"document.querySelector('article section > p').clientWidth >= 0.95 * {wide}")


def test_a_table_of_verdicts_may_break_between_claims_and_a_head_stays_with_what_it_heads(tab, from_disk):
    tab.media("print")
    after = "getComputedStyle(document.querySelector({!r})).breakAfter"
    tab.open(f"{from_disk}/book/toy.html")
    assert tab.value(after.format("table.verdicts tbody.claim tr")) == "auto"
    assert tab.value(after.format("table.verdicts thead")) == "avoid"
    assert tab.value(after.format("p.errata")) == "avoid"
    tab.open(f"{from_disk}/book/tables.html")
    assert tab.value(after.format("table.study:not(.verdicts) tbody tr")) == "avoid"
    assert tab.value(after.format("dl.py dt")) == "avoid"
