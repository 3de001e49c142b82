"""What is finished in rendered pages: names, keys, pictures, figures, texts for the search page."""

import json
import re
import struct

from portfolio_study.publishing.finish import finish_site, finished, sections

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", 640, 320)
FIGURE = (
    '<figure class="interactive" role="img" aria-label="Lines"><div>'
    '<script>window.PlotlyConfig = {};</script> <script charset="utf-8" src="../plotly.min.js"></script>'
    '<div id="plotly-lines"></div><script>  window.PLOTLYENV=window.PLOTLYENV || {}; Plotly.newPlot()</script>'
    "</div><figcaption>c</figcaption></figure>"
)


def test_tables_can_be_scrolled_by_keys_and_have_names(tmp_path):
    page = '<div class="table-scroll"><table class="study"><caption>A &lt;b&gt; &amp; <b>"c"</b></caption></table></div>'
    frame = '<table border="1" class="dataframe"><tr><th></th><th>x</th></tr></table>'
    page += f'<h2>The <em>end</em><a class="headerlink" href="#e" title="Link">#</a></h2>{frame}{frame}'
    done = finished(page, tmp_path / "a.html")
    assert (
        '<div class="table-scroll" data-name="A &lt;b&gt; &amp; &quot;c&quot;">' in done
    )  # study.js makes it a region where it scrolls
    for name in (
        "The end",
        "The end (2)",
    ):  # without a caption of its own: the section, which is read and not seen
        caption = f'<caption class="visually-hidden">{name}</caption>'
        assert f'data-name="{name}"><table border="1" class="dataframe">{caption}<tr>' in done
    assert "<tr><td></td><th>x</th></tr>" in done  # an empty corner heads nothing


def test_heads_of_tables_say_what_they_head_and_links_to_headings_which(tmp_path):
    page = (
        '<table><thead><tr><th colspan="2">a</th><th class="b">b</th><th colspan="1">c</th></tr></thead>'
        '<tbody><tr><th rowspan="2">d</th><th scope="col">e</th><th>f</th></tr></tbody></table>'
        '<a class="headerlink" href="#the-end" title="Link to this heading">#</a>'
    )
    assert finished(page, tmp_path / "a.html") == (
        '<table><caption class="visually-hidden">Table</caption><thead><tr><th scope="colgroup" colspan="2">a</th><th scope="col" class="b">b</th><th scope="col" colspan="1">c</th></tr></thead>'
        '<tbody><tr><th scope="rowgroup" rowspan="2">d</th><th scope="col">e</th><th scope="row">f</th></tr></tbody></table>'
        '<a class="headerlink" href="#the-end" title="Link to this heading" aria-label="Link to this heading, the-end">#</a>'
    )


def test_names_that_hide_words_and_roles_that_do_not_fit_go(tmp_path):
    page = (
        '<summary aria-label="Toggle hidden content"><p>Show the table</p></summary>'
        '<button aria-label="Search">Search <span class="search-button__kbd-shortcut"><kbd>Ctrl</kbd>+</span></button>'
        '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry">x</div></div>'
        '<i class="theme-switch fa-sun" data-mode="light" title="Light"></i>'
        '<summary><span class="toctree-toggle" role="presentation"></span></summary>'
    )
    assert finished(page, tmp_path / "a.html") == (
        "<summary><p>Show the table</p></summary>"
        '<button aria-label="Search">Search</button>'
        '<div class="citation-list"><div class="citation">x</div></div>'
        '<i class="theme-switch fa-sun" data-mode="light"></i>'
        '<summary aria-label="Pages below"><span class="toctree-toggle" role="presentation"></span></summary>'
    )


def test_a_page_has_one_title_and_its_russian_words_are_named_as_such(tmp_path):
    page = (
        '<title>Да</title><div id="jb-print-docs-body" class="x">\n<h1>Verdicts</h1></div><article><h1>Verdicts</h1>'
        '<p title="Да">The text: «для общего случая, в котором» and more</p></article>'
    )
    assert finished(page, tmp_path / "a.html") == (
        '<title>Да</title><div id="jb-print-docs-body" class="x">\n<p>Verdicts</p></div><article><h1>Verdicts</h1>'
        '<p title="Да">The text: «<span lang="ru">для общего случая, в котором</span>» and more</p></article>'
    )


def test_a_figure_waits_until_it_is_seen(tmp_path):
    done = finished(FIGURE, tmp_path / "a.html")
    assert "plotly.min.js" not in done and 'role="img"' not in done
    assert '<script type="text/x-figure">  window.PLOTLYENV' in done
    assert "<script>window.PlotlyConfig" in done and '<figure class="interactive" aria-label="Lines">' in done


def test_the_script_of_formulas_waits_until_one_is_near(tmp_path):
    page = '<script defer="defer" src="../_static/mathjax/tex-svg.js"></script>'
    done = finished(page, tmp_path / "a.html")
    assert done == '<script type="text/plain" data-formulas="../_static/mathjax/tex-svg.js"></script>'


def test_a_picture_has_its_size_and_is_loaded_when_it_is_near(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.png").write_bytes(PNG)
    (tmp_path / "book").mkdir()
    done = finished('<img alt="x" src="../_images/a.png" />', tmp_path / "book" / "a.html")
    assert (
        done
        == '<img alt="x" src="../_images/a.png"  width="640" height="320" loading="lazy" decoding="async"/>'
    )
    assert finished(done, tmp_path / "book" / "a.html") == done


def test_no_line_ends_between_a_number_and_its_percent(tmp_path):
    done = finished(
        "<p>at 5 % and <i><span>9</span></i> %, <span>9</span> % <code>5 %</code></p>", tmp_path / "a.html"
    )
    assert done == "<p>at 5&#160;% and <i><span>9</span></i> %, <span>9</span>&#160;% <code>5 %</code></p>"


def test_no_line_begins_with_the_mark_behind_a_formula(tmp_path):
    page = r'<p><span class="math notranslate nohighlight">\(x\)</span>, <span class="math notranslate nohighlight">\(\sqrt{x}\)</span>. <b>y</b>, z</p>'
    done = finished(page, tmp_path / "a.html")
    assert re.search(r'<span class="kept"><math[^>]*>.*</math>,</span> ', done)
    assert r"\(\sqrt{x}\)</span>.</span> " in done and "</b>, z" in done
    page = "<p>{0} and {0}, so</p>".format(r'<span class="math notranslate nohighlight">\(x\)</span>')
    done = finished(page, tmp_path / "a.html")  # what stands before another formula may break
    assert done.startswith("<p><math") and done.count('<span class="kept">') == 1
    assert "</math> and <span" in done


def test_sections_have_anchor_title_and_words():
    page = (
        '<nav><h1>menu</h1></nav><article><section id="a"><h1>One<a class="headerlink" href="#a">#</a></h1><p>first</p>'
        '<script>no()</script><section id="b"><h2>Two</h2><table><tr><td>cell</td></tr></table></section></section></article>'
    )
    assert sections(page) == [["a", "One", "first"], ["b", "Two", "cell"]]
    assert sections("<p>no article</p>") == []
    code = '<a class="code-link">code</a>'
    assert sections(page.replace("<p>first", f"{code}<p>first"))[0] == ["a", "One", "first"]


def test_a_row_with_an_address_is_a_place_of_its_own_for_the_search():
    link = '<a class="permalink" href="#F1">¶</a>'
    page = (
        '<article><section id="a"><h1>One</h1><p>first</p><h2 id="own">Two</h2><table>'
        f'<tr id="F1"><th><span class="row-name"><span class="visually-hidden">Erratum </span>F1: (4)</span>{link}</th><td>wrong</td></tr>'
        f'<tbody id="claim-x"><tr><td>Yes</td><th>{link}<details><summary>it holds</summary>why</details></th></tr></tbody>'
        "<tbody id='table-t'><tr><th><button>Three claims</button></th></tr></tbody>"
        '<tr id="nameless"><td>part</td></tr></table><p>last</p></section></article>'
    )
    assert sections(page) == [
        ["a", "One", "first"],
        ["own", "Two", "part last"],
        ["F1", "Erratum F1: (4)", "wrong"],
        ["claim-x", "it holds", "Yes why"],
        ["table-t", "Three claims", ""],
    ]


def test_the_index_of_the_search_is_loaded_by_the_search_page_only(tmp_path):
    (tmp_path / "book").mkdir()
    scripts = '<script src="../_static/searchtools.js"></script><script src="../searchindex.js"></script>'
    page = f'<head>{scripts}</head><body><article><section id="a"><h1>A</h1>words</section></article></body>'
    (tmp_path / "book" / "a.html").write_text(page)
    (tmp_path / "search.html").write_text(page)
    finish_site(tmp_path)
    assert "searchindex" not in (tmp_path / "book" / "a.html").read_text()
    search = (tmp_path / "search.html").read_text()
    assert "searchindex" in search and '<script src="_static/search.js"></script></body>' in search
    told = (tmp_path / "search-texts.js").read_text().removeprefix("window.searchTexts=").rstrip(";\n")
    assert json.loads(told) == {"book/a.html": [["a", "A", "words"]]}


def test_a_day_does_not_break_at_its_hyphens(tmp_path):
    page = '<p title="2024-03-28">from 2010-01-04</p><pre>2010-01-04</pre><svg><text>2010-01-04</text></svg>'
    done = finished(page, tmp_path / "page.html")
    assert done == page.replace("from 2010-01-04", 'from <span class="day">2010-01-04</span>')
