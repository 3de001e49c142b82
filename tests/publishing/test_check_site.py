"""Every way in which a built site can be broken is found, and a sound one passes."""

import pytest

from portfolio_study.errors import BuildError
from portfolio_study.publishing.check_site import check_site, site_problems

pytestmark = pytest.mark.slow  # sites of a megabyte

PROSE = "This sentence and the one after it give the page enough words to count as a page. " * 2


def article(body, head=""):
    return (
        f"<html><head>{head}</head><body><nav><a href='#'>menu</a></nav>"
        f"<article><h1 id='top'>Title</h1><p>{PROSE}</p>{body}</article></body></html>"
    )


@pytest.fixture
def site(tmp_path):
    def write(**pages):
        (tmp_path / "book").mkdir(exist_ok=True)
        (tmp_path / "_images").mkdir(exist_ok=True)
        (tmp_path / "_images" / "a.png").write_bytes(b"png")
        (tmp_path / "index.html").write_text(article(""))
        for name, html in {"one": article("<h2 id='x'>X</h2>"), **pages}.items():
            (tmp_path / "book" / f"{name}.html").write_text(html)
        return site_problems(tmp_path, ["book/one"])

    return write


def test_sound_site_passes(site, tmp_path):
    body = (
        "<a href='one.html#x'>x</a> <a href='../index.html'>i</a> <a href='https://doi.org/1'>paper</a>"
        "<a href='#top'>t</a> <img src='../_images/a.png' alt='A line that rises'>"
        "<table><tr><td>1.0</td><td>finance</td></tr></table><h2>A</h2><h3>B</h3><h2>C</h2>"
        "<pre>{glue:text}`a` and nan</pre>"
    )
    assert site(two=article(body)) == []
    check_site(tmp_path, ["book/one"])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<a href='two.html'>x</a>", "link to two.html, which does not exist"),
        ("<a href='#nowhere'>x</a>", "no such anchor"),
        ("<a href='../index.html#nowhere'>x</a>", "no such anchor"),
        ("<img src='../_images/a.png'>", "no description"),
        ("<img src='../_images/a.png' alt=''>", "no description"),
        ("<img src='../_images/a.png' alt='../_images/a.png'>", "no description"),
        ("<img src='../_images/b.png' alt='b'>", "../_images/b.png does not exist"),
        ("<p>The error is {glue:text}`arima.rmse` large</p>", "not resolved"),
        ("<table><tr><td>nan</td></tr></table>", "nan or inf"),
        ("<table><tr><td> <b>NaN</b> </td></tr></table>", "nan or inf"),
        ("<h3>Deep</h3>", "skips a level"),
        ("<script src='https://cdn.example.org/x.js'></script>", "from the network"),
        ("<link rel='stylesheet' href='//fonts.example.org/x.css'>", "from the network"),
        ("<img src='http://example.org/a.png' alt='a'>", "from the network"),
        ("<iframe src='https://example.org/'></iframe>", "from the network"),
        ("<style>@import url(https://example.org/x.css);</style>", "from the network"),
        ("<script>Plotly.load('https://cdn.plot.ly/world.json')</script>", None),
    ],
)
def test_each_problem_is_found_once(site, body, problem):
    found = site(one=article(body))
    assert (
        (len(found) == 1 and problem in found[0] and "book/one.html" in found[0]) if problem else found == []
    )


def test_missing_and_empty_pages(site, tmp_path):
    assert any("the page is empty" in line for line in site(one="<article><h1>One</h1></article>"))
    (tmp_path / "book" / "one.html").unlink()
    assert "book/one.html: the page is missing" in site_problems(tmp_path, ["book/one"])
    (tmp_path / "index.html").unlink()
    assert "index.html: the page is missing" in site_problems(tmp_path, ["book/one"])


def test_page_must_start_with_a_title(site):
    found = site(one=article("").replace("<h1 id='top'>Title</h1>", ""))
    assert found == ["book/one.html: the page does not start with a title"]


def test_a_page_that_redirects_is_no_page(site, tmp_path):
    assert site(two=article("")) == []
    (tmp_path / "index.html").write_text(
        article("", "<meta http-equiv='Refresh' content='0; url=book/one.html'>")
    )
    assert site_problems(tmp_path, ["book/one"]) == ["index.html: the page only redirects to another one"]


def test_words_of_menus_and_code_are_not_text(site):
    html = f"<nav>{PROSE}</nav><article><h1>T</h1><pre>{PROSE}</pre><script>{PROSE}</script></article>"
    assert any("empty" in line for line in site(one=html))


def test_all_problems_are_reported_together(site, tmp_path):
    site(one=article("<img src='../_images/a.png'><a href='gone.html'>x</a><h4>Deep</h4>"))
    with pytest.raises(BuildError, match=r"(?s)3 problem.*no description.*gone\.html"):
        check_site(tmp_path, ["book/one"])


def test_a_page_that_is_too_heavy_is_named_with_its_weight(site):
    heavy = article(f"<p>{'<b>w</b> ' * 125_000}</p>")
    problems = site(one=heavy)
    assert len(problems) == 1 and problems[0].startswith("book/one.html: the page has 1,12")
    assert "at most 1,000,000 are allowed" in problems[0]
    assert site(one=article(f"<p>{'<b>w</b> ' * 100_000}</p>")) == []
