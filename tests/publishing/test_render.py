"""The front page, the light site, and errors that a person can read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.errors import BuildError
from portfolio_study.publishing.render import problems, relocate, write_front_page
from portfolio_study.publishing.shrink_site import shrink_site


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
    kept = ["_static/mathjax/tex-svg.js", "_static/mathjax/input/tex/extensions/ams.js", "_static/a/b.woff2"]
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


def test_downloads_hold_the_code_without_the_results(tmp_path):
    path = tmp_path / "_sources" / "book" / "a.ipynb"
    path.parent.mkdir(parents=True)
    cells = [
        {"cell_type": "markdown", "source": "x"},
        {
            "cell_type": "code",
            "source": "1",
            "outputs": [{"data": {"image/png": "A" * 999}}],
            "execution_count": 3,
        },
    ]
    path.write_text(json.dumps({"cells": cells}))
    shrink_site(tmp_path)
    made = json.loads(path.read_text())["cells"]
    assert made[0] == cells[0] and made[1]["source"] == "1" and made[1]["outputs"] == []


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
