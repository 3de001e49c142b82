"""The front page, the light site, and errors that a person can read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.errors import BuildError
from portfolio_study.publishing.render import problems, relocate, write_front_page
from portfolio_study.publishing.shrink_site import LARGEST, shrink_site, size_in_words


@pytest.mark.parametrize(
    ("link", "moved"),
    [
        ("arima.html", "book/arima.html"),
        ("arima.html#accuracy", "book/arima.html#accuracy"),
        ("../_static/x.css?v=1", "_static/x.css?v=1"),
        ("../", "./"),
        ("../index.html", "index.html"),
        ("sub/page.html", "book/sub/page.html"),
        ("#top", "#top"),
        ("https://doi.org/10.1/x", "https://doi.org/10.1/x"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("data:image/png;base64,AA", "data:image/png;base64,AA"),
        ("//host/x.js", "//host/x.js"),
    ],
)
def test_relocated_links_lead_to_the_same_place(link, moved):
    assert relocate(f'<a href="{link}">', "book") == f'<a href="{moved}">'
    assert relocate(f"<img src='{link}'>", "book") == f"<img src='{moved}'>"


def test_content_root_moves_too_and_text_does_not():
    html = '<html data-content_root="../"><p>see ../x.html and href</p>'
    assert relocate(html, "book") == '<html data-content_root="./"><p>see ../x.html and href</p>'


name = st.text("abcxyz_", min_size=1, max_size=5)


@given(st.lists(name, min_size=1, max_size=3), st.booleans())
def test_relocation_keeps_the_target_of_any_relative_link(parts, up):
    link = ("../" if up else "") + "/".join(parts)
    moved = relocate(f'<a href="{link}">', "book").split('"')[1]
    assert Path("/site", moved) == Path("/site", *(parts if up else ["book", *parts]))


def test_front_page_is_a_full_page(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.html").write_text('<a href="arima.html">A</a>')
    (tmp_path / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/index.html" />')
    write_front_page(tmp_path, "book/index")
    assert (tmp_path / "index.html").read_text() == '<a href="book/arima.html">A</a>'
    with pytest.raises(BuildError, match="book/start"):
        write_front_page(tmp_path, "book/start")


def test_shrink_site_keeps_what_is_loaded(tmp_path):
    kept = [
        "_static/mathjax/tex-svg.js",
        "_static/mathjax/input/tex/extensions/cancel.js",
        "_static/a/b.woff2",
    ]
    dropped = ["_static/mathjax/tex-chtml.js", "_static/mathjax/sre/mathmaps/en.json", "_static/x.js.map"]
    dropped += ["_static/sphinx-thebe.js", "_static/vendor/fontawesome/webfonts/a.ttf", "objects.inv"]
    for inside in [*kept, *dropped]:
        (tmp_path / inside).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / inside).write_text("")
    shrink_site(tmp_path)
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert left == sorted(kept)
    assert not (tmp_path / "_static" / "mathjax" / "sre").exists()


def test_pages_load_neither_thebe_nor_fonts_for_formulas(tmp_path):
    (tmp_path / "a.html").write_text(
        '<script>const THEBE_JS_URL = "https://unpkg.com/thebe"; const x = ".cell"</script>\n'
        '<link rel="stylesheet" href="_static/sphinx-thebe.css?v=4" />\n'
        '<script async="async" src="_static/sphinx-thebe.js?v=1"></script>\n'
        '<script type="text/x-thebe-config">\n{a: 1}\n</script>\n<p>text</p>\n'
        '<script async="async" src="_static/mathjax/tex-chtml.js"></script>'
    )
    shrink_site(tmp_path)
    text = (tmp_path / "a.html").read_text().strip()
    assert text == '<p>text</p>\n<script async="async" src="_static/mathjax/tex-svg.js"></script>'


def test_problems_name_the_line_of_the_text_notebook(tmp_path):
    stage, root = tmp_path / "stage", tmp_path / "root"
    for folder in (stage, root):
        (folder / "book").mkdir(parents=True)
    (root / "book" / "a.md").write_text("# A\n\n```{code-cell}\n1\n```\n\nFirst\nsee {ref}`x`\n")
    cells = [{"source": ["# A"]}, {"source": ["1"]}, {"source": ["First\n", "see {ref}`x`"]}]
    (stage / "book" / "a.ipynb").write_text(json.dumps({"cells": cells}))
    log = (
        "reading sources... [100%] book/a\n"
        f"{stage}/book/a.ipynb:30003: WARNING: undefined label: 'x' [ref.ref]\n"
        f"{stage}/book/a.ipynb:30003: WARNING: undefined label: 'x' [ref.ref]\n"
        f"{stage}/book/a.ipynb:90001: WARNING: odd\n"
        "build finished with problems, 1 warning (with warnings treated as errors).\n"
    )
    assert problems(log, stage, root).splitlines() == [
        "  book/a.md:8: WARNING: undefined label: 'x' [ref.ref]",
        "  book/a.md, cell 9: WARNING: odd",
    ]


def test_unexpected_output_is_shown_at_its_end():
    assert problems("\n".join(map(str, range(50))), Path("/w")).splitlines()[-1] == "49"


def test_only_icons_that_are_named_stay_and_the_theme_measures_nothing(tmp_path):
    scripts = tmp_path / "_static" / "scripts"
    scripts.mkdir(parents=True)
    icons = 'var p={bars:[448,512,[],"f0c9","M0 1z"],"bell-slash":[1,2,[61943,"quiet"],"f1f6",["M1","M2"]],zip:[1,2,[],"e0","M3"]};go()'
    (scripts / "fontawesome.js").write_text(icons)
    theme = 'document.querySelectorAll(["pre",".x"].join(", ")).forEach(e=>{e.tabIndex=e.scrollWidth>e.clientWidth?0:-1})'
    (scripts / "pydata-sphinx-theme.js").write_text(theme)
    (tmp_path / "a.html").write_text('<i class="fa-solid fa-bars"></i><i class="fa-solid fa-quiet"></i>')
    shrink_site(tmp_path)
    assert (scripts / "fontawesome.js").read_text() == icons.replace('zip:[1,2,[],"e0","M3"]', "")
    assert (scripts / "pydata-sphinx-theme.js").read_text().startswith("[].forEach(")


def test_marks_of_code_that_have_no_colour_of_their_own_go(tmp_path):
    (tmp_path / "a.html").write_text(
        '<span class="k">def</span><span class="w"> </span><span class="n">f</span>'
    )
    shrink_site(tmp_path)
    assert (tmp_path / "a.html").read_text() == '<span class="k">def</span> f'


def test_the_size_of_a_site_is_said_and_what_weighs_most_if_it_is_too_large(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.html").write_bytes(b"x" * 1_500_000)
    assert size_in_words(tmp_path) == "the site has 1.5 MB"
    with (tmp_path / "large.js").open("wb") as file:
        file.truncate(LARGEST)
    assert (
        "41.5 MB, more than the 40 that it should have at most; heaviest: large.js 40.0, book 1.5"
        in size_in_words(tmp_path)
    )
