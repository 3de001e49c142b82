"""A reader without a mouse: pages driven by real key presses, from the first Tab on."""

import pytest

pytestmark = pytest.mark.slow

KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, " ": 32,
}  # fmt: skip
TEXTS = {"Enter": "\r", " ": " "}
FOCUSED = "document.activeElement"


def press(tab, *names):
    for name in names:
        tab.key(name, KEYS[name], TEXTS.get(name, ""))


def write(tab, text):
    for letter in text:
        tab.key(letter, ord(letter.upper()), letter)


def tab_to(tab, condition, most=150):
    """Press Tab until a condition on the focused element ``e`` is true; return how often."""
    for times in range(1, most + 1):
        press(tab, "Tab")
        if tab.value(f"(e => Boolean({condition}))({FOCUSED})"):
            return times
    raise AssertionError(f"{most} times Tab never reached {condition}")


def count(tab):
    return tab.value("document.getElementById('ledger-count').textContent")


def wait_for_seen_focus(tab):
    """Wait until the focused element is on the screen and marked as such; some slide in."""
    tab.wait(
        f"(e => {{ const [box, style] = [e.getBoundingClientRect(), getComputedStyle(e)]; "
        "return box.top >= 0 && box.top < innerHeight && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'); "
        f"}})({FOCUSED})"
    )


def test_the_first_tab_offers_to_skip_the_menu(tab, site):
    tab.open(f"{site}/book/verdicts.html")
    press(tab, "Tab")
    assert "Skip to main content" in tab.value(f"{FOCUSED}.textContent")
    wait_for_seen_focus(tab)
    press(tab, "Enter")
    tab.wait("location.hash === '#main-content'")
    press(tab, "Tab")
    assert tab.value(f"Boolean({FOCUSED}.closest('main'))")


def test_a_claim_is_found_opened_named_and_shut(tab, site):
    tab.open(f"{site}/book/verdicts.html")
    whole = count(tab)
    press(tab, "Tab", "Enter")  # to the text
    tab_to(tab, "e.dataset.facet === 'paper'")
    wait_for_seen_focus(tab)
    steps = tab.value("history.length")
    press(tab, "ArrowDown", "ArrowDown")  # all, 000, 001
    tab.wait("document.getElementById('ledger-count').textContent.startsWith('3 of')")
    assert tab.value("history.length") == steps + 1  # one step back, not one a choice that was passed
    assert tab.value(f"{FOCUSED}.value") == "001" and "paper=001" in tab.value("location.search")

    tab_to(tab, "e.dataset.facet === 'words'")
    write(tab, "qqq")
    tab.wait("document.getElementById('ledger-count').textContent.startsWith('No claim fits')")
    press(tab, "Escape")  # empties the box
    tab.wait("document.getElementById('ledger-count').textContent.startsWith('3 of')")

    tab_to(tab, "e.matches('tbody.statement:not([hidden]) button')")
    assert tab.value(f"{FOCUSED}.getAttribute('aria-expanded')") == "true"  # what fits is open
    press(tab, "Enter")
    assert tab.value(f"{FOCUSED}.getAttribute('aria-expanded')") == "false"
    opened = (
        f"{FOCUSED}.getAttribute('aria-controls').split(' ').map(id => document.getElementById(id).hidden)"
    )
    assert tab.value(opened) == [True, True, True]
    press(tab, " ")
    assert tab.value(opened) == [False, False, False]

    tab_to(tab, "e.matches('#claim-table-0 .permalink')")
    press(tab, "Enter")
    tab.wait("location.hash === '#claim-table-0'")
    fold = "document.querySelector('#claim-table-0 details').open"
    tab.wait(fold)  # its address opens it
    tab_to(tab, "e.matches('#claim-table-0 summary')")
    wait_for_seen_focus(tab)
    press(tab, "Enter")
    tab.wait(f"!{fold}")
    press(tab, "Enter")
    tab.wait(fold)
    press(tab, "Tab")  # what was folded is next
    assert tab.value(f"Boolean({FOCUSED}.closest('#claim-table-0 details'))")

    tab.value("document.querySelector('[data-facet=words]').focus()")
    tab_to(tab, "e.matches('form.ledger-facets button[type=reset]')")
    press(tab, "Enter")
    tab.wait(f"document.getElementById('ledger-count').textContent === {whole!r}")
    assert tab.problems == []


def test_back_from_the_address_of_a_claim_the_keyboard_is_at_its_sign(tab, site):
    tab.open(f"{site}/book/verdicts.html?words=zebra")
    tab_to(tab, "e.matches('#claim-table-1 .permalink')")
    press(tab, "Enter")
    tab.wait("location.hash === '#claim-table-1'")
    tab.value("history.back()")
    tab.wait(f"{FOCUSED}.matches('#claim-table-1 .permalink')")
    assert count(tab).startswith("3 of")


def test_the_button_that_hides_the_menu_is_seen_and_keeps_the_focus(tab, from_disk):
    tab.open(f"{from_disk}/book/verdicts.html")
    tab_to(tab, "e.matches('.primary-toggle')")
    wait_for_seen_focus(tab)
    assert tab.value(f"getComputedStyle({FOCUSED}).outlineWidth") == "3px"
    press(tab, "Enter")
    tab.wait(f"{FOCUSED}.matches('.primary-toggle[aria-expanded=false]')")
    press(tab, "Enter")
    tab.wait(f"{FOCUSED}.matches('.primary-toggle[aria-expanded=true]')")


def test_what_failed_is_one_choice_and_heads_count_what_fits(tab, from_disk):
    tab.open(f"{from_disk}/book/verdicts.html?verdict=what+failed")
    shown = "[...document.querySelectorAll('tbody.claim:not([hidden])')].map(c => c.dataset.verdict).sort()"
    assert tab.value(shown) == sorted(["not reproduced", "does not hold", "false here", "erratum"])
    caption = "document.querySelector('table.verdicts:has(#claim-toy-0) caption').textContent"
    assert "4 of " in tab.value(caption)
    tab.open(f"{from_disk}/book/verdicts.html?words=zebra+table-1")
    head = "document.getElementById('table-001-t')"
    assert tab.value(f"{head}.querySelector('button').textContent").startswith("1 of 3 claims (")
    assert tab.value(f"{head}.querySelector('td:last-child').textContent") == "claims: 1 holds"
    tab.value("document.querySelector('form.ledger-facets').reset()")
    tab.wait(f"{head}.querySelector('button').textContent.startsWith('3 claims (')")
    assert tab.value(f"{head}.querySelector('td:last-child').textContent") == "claims: 3 holds"
    assert " of " not in tab.value(caption).split(".")[0]


def test_a_claim_comes_before_its_address(tab, from_disk):
    tab.open(f"{from_disk}/book/verdicts.html")
    tab_to(tab, "e.matches('#claim-toy-0 summary')")
    press(tab, "Tab")
    assert tab.value(f"{FOCUSED}.matches('#claim-toy-0 .permalink')")
    assert tab.value(f"{FOCUSED}.getAttribute('aria-label')") == "Link to this claim: statement number 0"


def test_the_dots_of_the_front_figure_are_one_stop(tab, from_disk):
    tab.open(f"{from_disk}/index.html")
    tab_to(tab, "e.closest('svg.dots')")
    place = f"[...document.querySelectorAll('svg.dots a')].indexOf({FOCUSED})"
    last = tab.value("document.querySelectorAll('svg.dots a').length") - 1
    assert last > 1 and tab.value(place) == 0
    press(tab, "ArrowRight", "ArrowRight", "ArrowLeft")
    assert tab.value(place) == 1
    press(tab, "End", "ArrowDown")
    assert tab.value(place) == last
    press(tab, "Home")
    assert tab.value(place) == 0
    press(tab, "Tab")
    assert not tab.value(f"Boolean({FOCUSED}.closest('svg.dots'))")
    assert tab.problems == []


def test_the_search_opens_finds_an_erratum_and_closes(tab, site):
    tab.open(f"{site}/book/toy.html")
    tab_to(tab, "e.matches('.search-button__button')")
    button = "document.querySelector('.search-button__button[aria-expanded]')"
    assert tab.value(f"[{button}.getAttribute('aria-controls'), {button}.getAttribute('aria-expanded')]") == [
        "pst-search-dialog",
        "false",
    ]
    press(tab, "Enter")
    tab.wait("document.querySelector('#pst-search-dialog').open && document.activeElement.name === 'q'")
    tab.wait(f"{button}.getAttribute('aria-expanded') === 'true'")
    press(tab, "Escape")
    tab.wait("!document.querySelector('#pst-search-dialog').open")
    tab.wait(
        f"{button}.getAttribute('aria-expanded') === 'false' && {FOCUSED}.matches('.search-button__button')"
    )
    press(tab, "Enter")
    tab.wait("document.activeElement.name === 'q'")
    write(tab, "exit distribution P1")
    press(tab, "Enter")
    tab.wait("location.pathname.endsWith('search.html') && document.querySelector('ul.search .found a')")
    tab_to(tab, "e.closest('ul.search .found')")
    assert (
        tab.value(f"{FOCUSED}.textContent") == "Erratum F24: text 000, Figure 2, exit distributions P1 to P3"
    )
    press(tab, "Enter")
    tab.wait("location.hash === '#F24' && document.readyState === 'complete'")
    assert tab.value("document.getElementById('F24').getBoundingClientRect().top < innerHeight")
    tab_to(tab, "e.matches('#F24 a:not(.permalink)')")
    press(tab, "Enter")  # and the section leads back
    tab.wait("location.pathname.endsWith('toy.html') && location.hash === '#toy-accuracy'")
    tab.wait("document.querySelector('p.errata a')?.getAttribute('href') === 'errata.html#F24'")


def test_a_menu_opens_and_closes_on_a_phone(tab, served):
    tab.size(390, 844, mobile=True)
    tab.open(f"{served}/book/toy.html")
    tab_to(tab, "e.matches('.primary-toggle')")
    state = "document.querySelector('.primary-toggle').getAttribute('aria-expanded')"
    assert tab.value(state) == "false"
    press(tab, "Enter")
    tab.wait(f"{state} === 'true' && document.querySelector('#pst-primary-sidebar-modal').open")
    press(tab, "Escape")
    tab.wait(f"{state} === 'false' && {FOCUSED}.matches('.primary-toggle')")


def test_only_what_scrolls_has_a_stop_of_the_tab_key(tab, from_disk):
    tab.size(500, 900)
    tab.open(f"{from_disk}/book/tables.html")
    boxes = "[...document.querySelectorAll('.table-scroll')].filter(b => b.checkVisibility())"
    state = f"{boxes}.map(b => [b.scrollWidth > b.clientWidth + 1, b.tabIndex === 0, b.getAttribute('role')])"
    tab.wait(f"{boxes}.some(b => b.tabIndex === 0)")
    assert all(
        focus == scrolls and (role == "region") == scrolls for scrolls, focus, role in tab.value(state)
    )
    tab.size(3000, 900)
    tab.value("document.querySelectorAll('table').forEach(t => { t.style.fontSize = '4px'; })")
    tab.wait(
        f"!{boxes}.some(b => b.hasAttribute('tabindex') || b.hasAttribute('role') || b.hasAttribute('aria-label'))"
    )


def test_a_screen_reader_finds_every_heading_without_scrolling(tab, from_disk):
    tab.open(f"{from_disk}/book/figures.html")  # the last of its headings is far below the window
    tab.wait("document.body.classList.contains('laid-out')")
    tab.call("Accessibility.enable")
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    found = [n for n in nodes if not n["ignored"] and n["role"]["value"] == "heading" and n["name"]["value"]]
    assert len(found) == tab.value("document.querySelectorAll('article :is(h1, h2, h3, h4)').length") > 3


def test_a_screen_reader_finds_no_source_of_a_formula_without_scrolling(tab, from_disk):
    tab.open(f"{from_disk}/book/figures.html")
    far = "Math.max(...[...document.querySelectorAll('.math')].map(f => f.getBoundingClientRect().top))"
    assert tab.value(far) > tab.value("innerHeight") + 600  # there is one that nothing else would have drawn
    tab.wait("[...document.querySelectorAll('.math')].every(f => f.querySelector('mjx-assistive-mml'))")
