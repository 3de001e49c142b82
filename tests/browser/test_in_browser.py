"""Pages in a real browser: from a server and from disk, in both modes, on a phone, printed, by keyboard."""

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from small_book import PAGES

pytestmark = pytest.mark.slow

CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
LETTERS = 75  # of a line of prose, with blanks


def leaving(requests):
    """Requests that leave this machine."""
    return [
        url
        for url in requests
        if urlsplit(url).scheme not in ("file", "data", "blob", "about")
        and urlsplit(url).hostname != "127.0.0.1"
    ]


def problems(tab):
    tab.value(f"{CHECKS}; 1")
    return tab.value("window.pageProblems()")


def axe_violations(tab):
    """Serious and critical violations of axe's rules, each with the first element; folds are opened."""
    tab.value("document.querySelectorAll('article details').forEach(fold => { fold.open = true; })")
    tab.value("Promise.all(document.getAnimations().map(a => a.finished)).then(() => 1)")
    tab.value(f"{AXE}; 1")
    return tab.value(
        "axe.run({resultTypes: ['violations']}).then(found => found.violations"
        ".filter(rule => ['serious', 'critical'].includes(rule.impact))"
        ".map(rule => `${rule.impact} ${rule.id} (${rule.nodes.length}): ${rule.nodes[0].html.slice(0, 200)}`))"
    )


def see_all(tab):
    """Scroll through the page, so that what waits until it is seen is drawn."""
    tab.value(
        "(async () => { for (let y = 0; y <= document.body.scrollHeight; y += 500) { scrollTo(0, y); "
        "await new Promise(done => setTimeout(done, 15)); } "
        "for (const formula of document.querySelectorAll('.math')) { formula.scrollIntoView(); "
        "for (let k = 0; k < 1000 && !formula.querySelector('svg'); k++) await new Promise(done => setTimeout(done, 30)); } "
        "return 1; })()"
    )
    tab.wait("[...document.querySelectorAll('figure.interactive')].every(f => f.dataset.drawn === 'yes')")
    tab.wait("[...document.querySelectorAll('.math')].every(m => m.querySelector('svg'))")
    tab.value("Promise.all(document.getAnimations().map(a => a.finished)).then(() => 1)")  # colours fade in


@pytest.mark.parametrize("page", ["", *PAGES])
@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ("served", "light"),
        ("served", "dark"),
        ("served", "phone"),
        ("from_disk", "light"),
        ("from_disk", "print"),
    ],
)
def test_a_page_is_whole_in_every_mode(tab, request, where, page, mode):
    site = request.getfixturevalue(where)
    tab.media("print" if mode == "print" else "screen", "dark" if mode == "dark" else "light")
    if mode == "phone":
        tab.size(390, 844, mobile=True)
    tab.open(f"{site}/book/{page}.html" if page else f"{site}/index.html")
    see_all(tab)
    assert tab.value("document.documentElement.dataset.theme") == ("dark" if mode == "dark" else "light")
    assert problems(tab) == []
    if where == "served":
        assert axe_violations(tab) == []
    assert tab.problems == []
    assert leaving(tab.requests) == []
    assert tab.value("document.querySelectorAll('article h1').length") == 1


def test_formulas_are_drawn_when_they_come_near_and_only_pages_with_formulas_load_their_script(tab, site):
    tab.open(f"{site}/book/figures.html")
    tab.wait("document.querySelectorAll('.math svg').length >= 2")
    assert any("mathjax" in url for url in tab.requests)
    assert tab.value("document.querySelector('mjx-assistive-mml')?.textContent.length > 0")
    simple = "document.querySelector('math.formula msup')"
    assert tab.value(f"{simple}.textContent") == "x2"
    assert tab.value(
        f"(m => m.lastChild.getBoundingClientRect().bottom < m.getBoundingClientRect().bottom - 2)({simple})"
    )
    tab.requests.clear()
    tab.open(f"{site}/book/tables.html")  # its one formula is a letter with a power
    assert tab.value(f"{simple}.textContent") == "R2"
    assert not any("mathjax" in url for url in tab.requests)


def test_a_figure_is_drawn_when_it_is_near_and_reacts_to_keys(tab, site):
    tab.open(f"{site}/book/figures.html")
    assert not any("plotly" in url for url in tab.requests)
    tab.value("document.querySelector('figure.interactive').scrollIntoView()")
    tab.wait("document.querySelector('figure.interactive .controls input')")
    shown = "document.querySelector('.js-plotly-plot').data.map(trace => trace.visible)"
    assert tab.value(shown) == [True, False, False]
    tab.value("document.querySelector('.controls input').focus()")
    tab.key("ArrowRight", 39)
    tab.wait(f"({shown})[1]")
    assert tab.value("document.querySelector('.controls output').textContent") == "step 1"
    assert tab.value("document.querySelector('.controls label').textContent").startswith("Show")
    assert tab.value("document.querySelector('.controls input').labels[0].textContent").startswith("Lambda")
    tab.value(
        "(s => { s.value = 2; s.dispatchEvent(new Event('input')); })(document.querySelector('.controls select'))"
    )
    tab.wait(f"({shown})[2]")
    assert tab.problems == []


def test_a_figure_has_the_colours_of_the_page_and_follows_the_switch(tab, from_disk):
    tab.media("screen", "dark")
    tab.open(f"{from_disk}/book/figures.html")
    see_all(tab)
    text = "getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill"
    line = "document.querySelector('.js-plotly-plot').data[0].line.color"
    own = "getComputedStyle(document.body).color"
    dark = tab.value(text)
    assert dark == tab.value(own) == tab.value(line)
    for _ in range(3):  # system, light, dark in some order
        tab.value("document.querySelector('.theme-switch-button').click()")
        if tab.value("document.documentElement.dataset.theme") == "light":
            break
    tab.wait(f"{text} !== {dark!r}")
    assert tab.value(text) == tab.value(own) == tab.value(line)


def test_the_mode_that_was_chosen_stays(tab, served):
    tab.open(f"{served}/book/tables.html")
    for _ in range(3):
        tab.value("document.querySelector('.theme-switch-button').click()")
        if tab.value("document.documentElement.dataset.mode") == "dark":
            break
    tab.open(f"{served}/book/toy.html")
    assert tab.value("document.documentElement.dataset.theme") == "dark"


def test_search_finds_the_section_and_shows_the_words_around(tab, site):
    tab.open(f"{site}/search.html?q=walrus")
    tab.wait("document.querySelector('ul.search li .found')")
    assert tab.value("document.querySelector('ul.search li .found a').textContent") == "After the figure"
    assert tab.value("document.querySelector('.found mark').textContent") == "walrus"
    assert problems(tab) == []
    assert tab.problems == []
    tab.value("document.querySelector('ul.search li .found a').click()")
    tab.wait("location.hash === '#after-the-figure' && document.readyState === 'complete'")


@pytest.mark.parametrize(
    "asked, address",
    [
        ("leakage", "verdicts.html#claim-setting"),
        ("why+does+the+scaler+leak", "verdicts.html#claim-setting"),
        ("own+tickers", "tables.html#wide-tables"),
    ],
)
def test_search_finds_what_has_another_word_on_the_pages(tab, from_disk, asked, address):
    tab.open(f"{from_disk}/search.html?q={asked}")
    tab.wait("document.querySelector('ul.search li .found a')")
    assert (
        tab.value("document.querySelector('ul.search li .found a').getAttribute('href')") == f"book/{address}"
    )


def test_search_of_nothing_finds_nothing(tab, site):
    tab.open(f"{site}/search.html?q=hippopotamus")
    tab.wait(
        "document.querySelector('#search-results').textContent.includes('No page has all of these words: hippopotamus')"
    )
    assert tab.value("document.querySelectorAll('ul.search li').length") == 0


def test_search_finds_words_of_tables_that_code_made(tab, site):
    tab.open(f"{site}/search.html?q=the+zebra")
    tab.wait("document.querySelector('ul.search li')")
    assert (
        tab.value("document.querySelector('ul.search li > a').getAttribute('href')") == "book/verdicts.html"
    )
    assert tab.value("document.querySelector('.search-summary').textContent") == "1 page found."


def test_search_finds_a_row_of_a_folded_table_and_its_address_opens_the_fold(tab, site):
    tab.open(f"{site}/search.html?q=the+leak+of+the+scaler")
    tab.wait("document.querySelector('ul.search li .found a')")
    found = "document.querySelector('ul.search li .found')"
    assert tab.value(f"{found}.querySelector('a').textContent") == "scaled, and then split"
    assert "this is the leak of the scaler" in tab.value(f"{found}.textContent").lower()
    assert tab.value(f"[...{found}.querySelectorAll('mark')].map(m => m.textContent)") == ["leak", "scaler"]
    tab.value(f"{found}.querySelector('a').click()")
    tab.wait(
        "location.hash === '#claim-setting' && document.querySelector('#claim-setting')?.checkVisibility()"
    )
    assert tab.value("document.querySelector('#claim-setting').getBoundingClientRect().top < innerHeight")


def test_search_shows_all_places_of_a_page_when_asked(tab, from_disk):
    tab.open(f"{from_disk}/search.html?q=statement+number")
    tab.wait("document.querySelector('ul.found button')")
    tab.value("window.list = document.querySelector('ul.found:has(button)')")
    more = tab.value("Number(list.querySelector('button').textContent.match(/\\d+/)[0])")
    tab.value("list.querySelector('button').click()")
    assert tab.value("list.querySelectorAll('li > a').length") == 4 + more > 4
    assert tab.value("document.activeElement === list.querySelectorAll('li > a')[4]")


@pytest.mark.parametrize("width", [390, 1300])
def test_search_can_be_reached_and_used(tab, served, width):
    tab.size(width, 844, mobile=width < 600)
    tab.open(f"{served}/book/toy.html")
    tab.value(
        "[...document.querySelectorAll('.search-button__button')].find(b => b.checkVisibility()).click()"
    )
    tab.wait("document.querySelector('#pst-search-dialog').open")
    tab.wait("document.activeElement.name === 'q'")
    for letter in "zebra":
        tab.key(letter, ord(letter.upper()), letter)
    tab.key("Enter", 13, "\r")
    tab.wait("location.pathname.endsWith('search.html') && document.querySelector('ul.search li .found')")


def test_every_link_leads_somewhere(tab, site, book):
    folder = (book.build / "html").resolve()
    ids = {}
    links = []
    for page in PAGES:
        tab.open(f"{site}/book/{page}.html")
        ids[page] = set(tab.value("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        address = "String(new URL(a.getAttribute('href'), document.baseURI))"  # also of links in pictures
        links += tab.value(f"[...document.querySelectorAll('a[href]')].map(a => {address})")
    inside = {link for link in links if link.startswith(site)}
    assert len(inside) > 20
    for link in inside:
        path, _, anchor = link.removeprefix(f"{site}/").partition("#")
        assert (folder / path.partition("?")[0]).exists(), link
        if anchor:
            assert anchor in ids[Path(path).stem], link


def count(tab):
    return tab.value("document.getElementById('ledger-count').textContent")


def choose(tab, facet, value):
    tab.value(
        f"(box => {{ box.value = {value!r}; box.dispatchEvent(new Event('change', {{bubbles: true}})); "
        f"box.dispatchEvent(new Event('input', {{bubbles: true}})); }})(document.querySelector('[data-facet={facet}]'))"
    )


VISIBLE = (
    "[...document.querySelectorAll('tbody.claim')].filter(row => row.checkVisibility()).map(row => row.id)"
)


def test_the_ledger_filters_counts_and_goes_back(tab, site):
    tab.open(f"{site}/book/verdicts.html")
    whole = count(tab)
    choose(tab, "verdict", "does not hold")
    assert count(tab).startswith("1 of")
    assert len(tab.value(VISIBLE)) == 1
    assert "verdict=does+not+hold" in tab.value("location.search")
    choose(tab, "paper", "001")
    assert count(tab).startswith("No claim fits")
    assert tab.value(VISIBLE) == []
    tab.value("history.back()")
    tab.wait("document.getElementById('ledger-count').textContent.startsWith('1 of')")
    tab.value("history.back()")
    tab.wait(f"document.getElementById('ledger-count').textContent === {whole!r}")
    choose(tab, "words", "zebra row")
    assert tab.value(VISIBLE) == ["claim-table-0", "claim-table-1", "claim-table-2"]
    tab.value("document.querySelector('form.ledger-facets button[type=reset]').click()")
    tab.wait(f"document.getElementById('ledger-count').textContent === {whole!r}")


def test_a_choice_tells_what_it_holds_for(tab, from_disk):
    definitions = (
        "document.querySelector('table.settings').closest('details').querySelector('summary').textContent"
    )
    effects = "document.querySelector('table.effects caption').textContent"
    tab.open(f"{from_disk}/book/verdicts.html")
    assert tab.value(definitions).endswith("(1)") and "not applied" not in tab.value(effects)
    assert "Verdict in this build" in tab.value("document.querySelector('form.ledger-facets').textContent")
    tab.open(f"{from_disk}/book/verdicts.html?words=leak+scaler")
    assert count(tab) == (
        "No claim fits: choose fewer conditions. Of the definitions, settings and opinions below, 1 fits."
    )
    assert tab.value(definitions).endswith("(1 of 1)") and "not applied" in tab.value(effects)
    choose(tab, "verdict", "does not hold")
    assert count(tab) == "No claim fits: choose fewer conditions, or “what failed” as the verdict."
    assert tab.value(definitions).endswith("(0 of 1)")
    choose(tab, "verdict", "what failed")
    assert count(tab) == "No claim fits: choose fewer conditions."
    tab.open(f"{from_disk}/book/verdicts.html?verdict=what+failed#claim-setting")  # a link to a row shows it
    tab.wait("document.querySelector('#claim-setting')?.checkVisibility()")


def test_rows_that_were_open_are_open_after_back(tab, site):
    tab.open(f"{site}/book/verdicts.html")
    tab.value("document.querySelector('#table-001-t button').click()")
    tab.value("document.querySelector('#claim-table-1 details').open = true")
    tab.wait("history.state?.opened.includes('claim-table-1')")
    tab.value("document.querySelector('#claim-table-1 details a').click()")
    tab.wait("!location.pathname.endsWith('verdicts.html')")
    tab.settle()
    tab.value("history.back()")
    tab.wait("document.querySelector('#claim-table-1 details')?.open")
    assert tab.value("document.querySelector('#claim-table-1').checkVisibility()")
    assert tab.problems == []


def test_the_address_of_a_choice_and_of_a_claim_show_it(tab, site):
    tab.open(f"{site}/book/verdicts.html?words=zebra")
    assert count(tab).startswith("3 of")
    tab.open(f"{site}/book/verdicts.html#claim-table-1")
    tab.wait("document.querySelector('#claim-table-1 details').open")
    assert tab.value("document.querySelector('#claim-table-1').getBoundingClientRect().top < innerHeight")


def test_verdicts_are_cards_on_a_phone(tab, served):
    tab.size(390, 844, mobile=True)
    tab.open(f"{served}/book/verdicts.html")
    row = "document.querySelector('tbody.claim:not([hidden])')"
    assert tab.value(f"getComputedStyle({row}.querySelector('td')).display") == "block"
    widths = tab.value(
        f"[...{row}.querySelectorAll('td, th')].map(cell => cell.getBoundingClientRect().width)"
    )
    assert min(widths) > 300


def test_lines_of_prose_are_short_and_nothing_moves_while_the_page_loads(tab, served):
    tab.open(f"{served}/book/figures.html")
    tab.value(f"{CHECKS}; 1")
    assert 0.7 * LETTERS < tab.value("window.longestLine()") <= LETTERS + 5  # letters differ in width
    moved = tab.value(
        "new Promise(done => { let sum = 0; new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value; }))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300); })"
    )
    assert moved < 0.1  # what the web vitals call good


def test_a_wide_table_is_scrolled_by_keys(tab, from_disk):
    tab.size(390, 844)
    tab.open(f"{from_disk}/book/tables.html")
    box = "document.querySelector('.table-scroll')"
    tab.wait(f"{box}.tabIndex === 0")
    assert tab.value(f"[{box}.getAttribute('role'), {box}.getAttribute('aria-label')]") == [
        "region",
        "A wide table of the study",
    ]
    tab.value(f"{box}.focus()")
    for _ in range(3):
        tab.key("ArrowRight", 39)
    tab.wait(f"{box}.scrollLeft > 20")


def test_print_opens_folds_cuts_nothing_and_shuts_them_again(tab, from_disk):
    tab.open(f"{from_disk}/book/tables.html")
    tab.media("print")
    tab.size(680, 1000)  # the width of the text on A4
    tab.value("document.documentElement.dataset.theme = 'dark'")  # as the button does
    shut = "document.querySelectorAll('article details:not([open])').length"
    assert tab.value(shut) == 1
    tab.value("dispatchEvent(new Event('beforeprint'))")
    assert tab.value(shut) == 0
    cut = tab.value(
        "[...document.querySelectorAll('article *')].filter(e => e.checkVisibility() && "
        "e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert cut == []
    assert tab.value("getComputedStyle(document.querySelector('.bd-header-article')).display") == "none"
    theme = "document.documentElement.dataset.theme"
    assert tab.value(theme) == "light"
    tab.value("dispatchEvent(new Event('afterprint'))")
    assert tab.value(shut) == 1 and tab.value(theme) == "dark"


def test_the_checks_find_what_is_wrong(tab, served):
    tab.open(f"{served}/book/toy.html")
    assert problems(tab) == []
    tab.value(
        "document.querySelector('article').insertAdjacentHTML('beforeend', `<p style='color:#999;background:#fff'>pale</p>"
        "<button></button><img src='../favicon.ico'><table><tr><td>a</td></tr></table><h6>deep</h6><i id='x'></i><i id='x'></i>"
        "<div style='width:90px;overflow:auto'><p style='width:300px'>wide</p></div><div style='width:9000px'>wider</div>`)"
    )
    found = " ".join(axe_violations(tab))
    for rule in ("color-contrast", "button-name", "image-alt"):
        assert rule in found
    found = " ".join(problems(tab))
    for words in ("contrast 2.8", "no name", "no description", "no heads", "skips a level", "are called x"):
        assert words in found
    assert "cannot be scrolled" in found and "in a window of" in found
