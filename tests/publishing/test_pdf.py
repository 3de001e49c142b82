"""The book as one page for the printer, and the numbers of its pages."""

import re

import pytest

from portfolio_study.errors import BuildError
from portfolio_study.publishing import chromium
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.pdf import one_page, page_numbers, write_pdf


@pytest.fixture
def site(tmp_path):
    (tmp_path / "book").mkdir()
    head = '<head><link href="../_static/a.css?v=1" rel="stylesheet" /><script src="../_static/study.js"></script></head>'
    first = (
        f'{head}<article class="x"><h1>The <b>book</b><a class="headerlink" href="#top">#</a></h1>'
        '<a href="next.html#end">n</a><a href="next.html">p</a><a href="#top">t</a><a href="../a.json">j</a>'
        '<a href="https://doi.org/1">d</a><img src="../_images/a.png"></article><div class="extra_footer">Prices</div>'
    )
    second = (
        '<script>window.MathJax = {"startup": {"typeset": false}, "options": {"enableMenu": false}}</script>'
        '<script type="text/plain" data-formulas="../_static/mathjax/tex-svg.js"></script><article><h1>Next</h1><section id="end"><h2>End</h2></section>'
        '<div id="plotly-x"></div><script>Plotly.newPlot("plotly-x")</script><label for="end">l</label></article>'
    )
    (tmp_path / "book" / "index.html").write_text(first)
    (tmp_path / "book" / "next.html").write_text(second)
    return tmp_path


def test_links_lead_inside_the_book_and_files_are_those_of_the_site(site):
    page = one_page(site, ["book/index", "book/next"])
    assert '<a href="#next--end">' in page and '<section id="next--end">' in page
    assert '<a href="#next--page">' in page and 'id="next--page"' in page
    assert '<a href="#index--top">' in page and 'for="next--end"' in page
    assert '<a href="https://doi.org/1">' in page
    for file in (
        "_images/a.png",
        "_static/a.css?v=1",
        "_static/study.js",
        "_static/mathjax/tex-svg.js",
        "a.json",
    ):
        assert f'"{site.as_uri()}/{file}"' in page


def test_figures_fill_their_own_element_and_formulas_do_not_wait(site):
    page = one_page(site, ["book/index", "book/next"])
    assert 'id="next--plotly-x"' in page and 'newPlot("next--plotly-x")' in page
    assert '{"options": {"enableMenu": false}}' in page


def test_contents_name_every_upper_heading(site):
    page = one_page(site, ["book/index", "book/next"])
    assert "<title>The book</title>" in page and "<p>Prices</p>" in page
    for number, title in enumerate(["The book", "Next", "End"]):
        assert f'<a href="#contents-{number}">{title}</a>' in page
        assert re.search(f'<h[12] id="contents-{number}"[ >]', page)


def test_a_page_without_an_article_is_refused(site):
    (site / "book" / "next.html").write_text("nothing")
    with pytest.raises(BuildError, match=r"next\.html has no article"):
        one_page(site, ["book/index", "book/next"])


def test_page_numbers_follow_the_tree_of_pages():
    printed = (
        b"\n7 0 obj\n<</Type /Page\n/Parent 9 0 R>>\nendobj\n3 0 obj\n<</Type /Page\n/Parent 9 0 R>>\nendobj"
        b"\n5 0 obj\n<</Type /Page\n/Parent 8 0 R>>\nendobj\n9 0 obj\n<</Type /Pages\n/Parent 8 0 R\n/Kids [7 0 R 3 0 R]>>\nendobj"
        b"\n8 0 obj\n<</Type /Pages\n/Kids [9 0 R 5 0 R]>>\nendobj"
        b"\n1 0 obj\n<</contents-0 [7 0 R /XYZ 0 0 0] /contents-1 [5 0 R /XYZ 0 0 0] /other [3 0 R /XYZ 0 0 0]>>\nendobj"
    )
    assert page_numbers(printed) == {0: 1, 1: 3}
    with pytest.raises(BuildError, match="no places"):
        page_numbers(b"%PDF")


def test_without_a_browser_the_remedy_is_said_and_the_site_stays(site, monkeypatch):
    (site / "build").mkdir()
    (site / "build" / "html").symlink_to(site)
    (site / "index.html").write_text("front")
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None)
    monkeypatch.setattr(chromium, "PLACES", ())
    with pytest.raises(chromium.BrowserError, match="apt-get install chromium"):
        write_pdf(Layout(site, site / "build"))
    assert (site / "index.html").read_text() == "front"
    assert not (site / "build" / "book.pdf").exists()


def test_what_is_no_browser_is_an_error_and_not_a_wait(tmp_path):
    with pytest.raises(chromium.BrowserError, match="ended"), chromium.chromium("/bin/false"):
        pass
