"""How a verdict looks: badge, numbers, interval, card, row."""

import re
from html import unescape

import pytest
from ledger_rows import ROW

from portfolio_study.ledger import facets, listings, marks, rules, sources, tables
from portfolio_study.ledger.citation import Citation
from portfolio_study.ledger.evidence import NO_SAMPLE
from portfolio_study.ledger.interval_chart import interval_chart
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.rules import VERDICTS
from portfolio_study.ledger.shown import as_much, plain_text, shown_interval, shown_number
from portfolio_study.ledger.sources import Repository
from portfolio_study.ledger.tables import card, intervals_table, settles, settles_line, verdict_table

DIRECTION = ROW | {
    "kind": "direction",
    "paper_value": None,
    "smallest_effect": 0.2,
    "interval": [-0.5, 2.4],
    "value": 0.95,
}
OTHER = ROW | {
    "reading": "as_published",
    "primary": False,
    "counts": False,
    "verdict": "holds",
    "reason": "so <it> is",
}


def test_a_row_is_escaped_has_a_row_head_a_permalink_and_its_proof():
    html = verdict_table([ROW], "Claims & more", link="{page}.html#{anchor}")
    assert "<summary>RMSE &lt; 1 &amp; small</summary>" in html and "Claims &amp; more</caption>" in html
    assert 'href="toy.html#toy-accuracy"' in html and '<th scope="row" abbr="toy-a">' in html
    assert '<tbody id="claim-toy-a" class="claim"' in html and 'href="#claim-toy-a"' in html
    assert "0.51 [0.40, 0.60]" in html and "printed 0.5" in html
    assert "lines 12-14" in html and "about &lt;b&gt;" in html


def test_nothing_from_a_row_reaches_the_page_unescaped():
    evil = "<script>alert(1)</script>\"'"
    words = (
        "statement",
        "place",
        "reading_note",
        "unit",
        "who",
        "lines",
        "words",
        "reason",
        "materiality",
        "id",
        "group",
        "sentence",
    )
    row = (
        DIRECTION
        | dict.fromkeys(words, evil)
        | {"differs": evil, "evidence": evil, "measured_by": evil, "where": f"{evil}#{evil}"}
    )
    for html in (
        verdict_table([row, row | {"id": f"b{evil}"}], evil),
        card([row, OTHER | {"id": evil}], evil),
        intervals_table([row]),
        facets.paper_tables([row | {"paper": evil, "chapter": evil, "paper_title": evil}]),
    ):
        assert "<script>alert" not in html and evil not in html


def test_a_claim_is_named_once_for_both_readings_and_the_other_has_no_badge():
    html = verdict_table([ROW, OTHER], "Claims")
    assert html.count('class="claim"') == 1 and html.count("<summary>RMSE") == 1
    assert "As published: yes: holds, 0.51 [0.40, 0.60]." in html
    assert badge("holds") not in html


def test_a_table_of_a_paper_is_one_statement_with_its_claims_inside():
    rows = [ROW, ROW | {"id": "toy-b", "verdict": "not reproduced"}, ROW | {"id": "toy-c", "group": "h"}]
    html = verdict_table(rows, "Claims")
    assert (
        html.count('class="statement"') == 1 and 'id="table-000-g"' in html and 'href="#table-000-g"' in html
    )
    assert html.count('data-table="table-000-g"') == 2
    assert badge("not reproduced") in html.split("</tbody>")[0]  # the weakest row decides
    assert "1 cannot be told, 1 not reproduced" in html and "<button" in html.split("</tbody>")[0]
    assert 'aria-expanded="true" aria-controls="claim-toy-a claim-toy-b"' in html  # what the button opens


EXPLAINED = (
    '<a href="your_data.html#the-papers-own-samples">{}</a>'  # of a command, in the book of this checkout
)


def test_the_first_command_that_would_settle_a_claim_is_shown_as_code_and_leads_to_its_page(
    monkeypatch, tmp_path
):
    row = ROW | {"verdict": "lacks data", "value": None, "interval": None, "who": "`make book DATA=<file>`"}
    shown = "<code>make book DATA=&lt;file&gt;</code>"
    assert f"settle it:</strong> {EXPLAINED.format(shown)}." in card([row], "toy-a")
    two = card([row | {"who": "`make book` or `make claim`, with `HOME`"}], "toy-a")
    first = EXPLAINED.format("<code>make book</code>")
    assert f"{first} or <code>make claim</code>, with <code>HOME</code>." in two
    author = card([row | {"verdict": "not printed", "who": "the author"}], "toy-a")
    assert "settle it:</strong> The text would have to print it; who has it: the author." in author
    monkeypatch.setattr(tables, "project_root", lambda: tmp_path)  # a book without that page
    assert f"settle it:</strong> {shown}." in card([row], "toy-a")


def test_a_number_measured_on_other_data_says_which_would_settle_it():
    row = ROW | {"verdict": "no verdict", "who": "", "differs": "to 2022 instead of 2024"}
    command = EXPLAINED.format("<code>make book UNIVERSE=papers</code>")
    assert f"Only the text's own data would; what can be had of them, {command}" in unescape(
        card([row], "toy-a")
    )
    assert "settle it:</strong> The shop." in card([row | {"who": "a file; the shop"}], "toy-a")
    assert "say which data they measured it on" in card([row | {"differs": NO_SAMPLE}], "toy-a")
    assert "settle it" not in card([row | {"counts": False}], "toy-a")


def test_the_reason_of_a_number_has_the_digits_of_the_paper():
    row = ROW | {"reason": "our 0.51234 has a standard error of 0.12345; the paper prints 0.5"}
    assert "Our 0.51 has a standard error of 0.12; the paper prints 0.5." in card([row], "toy-a")


@pytest.mark.parametrize(
    "value, printed, reason, shown",
    [
        (
            -0.25674402,
            "2.7002",
            "our -0.2567 differs from the printed 2.7002 by 2.957",
            ("-0.25674", "2.957"),
        ),
        (0.14850474, "0.0399", "our 0.1485 differs from the printed 0.0399 by 0.1086", ("0.149", "0.109")),
    ],
)
def test_the_reason_of_a_number_rounds_it_once_and_invents_no_digit(value, printed, reason, shown):
    row = ROW | {"value": value, "interval": None, "paper_value": printed, "reason": reason}
    ours, gap = shown
    html = card([row], "toy-a")
    assert f"Ours: {ours}" in html and f"Our {ours} differs from the printed {printed} by {gap}." in html


def test_an_erratum_is_a_link_that_says_what_is_printed(monkeypatch):
    printed = {"F4": "omega < the average", "F-some": "a slip"}
    monkeypatch.setattr(tables, "_printed", lambda root: printed)
    html = card([ROW | {"reason": "refuted by a counterexample: erratum F4"}], "toy-a")
    link = '<a href="errata.html#F4" title="omega &lt; the average">F4</a>'
    assert f"Refuted by a counterexample: erratum {link} (“omega &lt; the average”)." in html
    assert tables.with_errata_links("see F-some, F4; F5 and F-other", words=False).count("<a ") == 2
    assert tables.with_errata_links("F-some").startswith('<a href="errata.html#F-some"')


def test_every_erratum_of_the_book_can_be_linked():
    known = tables._printed(tables.project_root())
    assert known and all(tables.ERRATUM.fullmatch(name) for name in known)


def test_what_nothing_could_decide_stands_together_at_the_foot():
    lacking = ROW | {
        "id": "toy-l",
        "group": "l",
        "verdict": "lacks data",
        "value": None,
        "interval": None,
        "who": "an exchange",
    }
    html = verdict_table([lacking, ROW], "Claims")
    assert (
        html.index("claim-toy-a")
        < html.index("1 claim of text 000 (toy) that cannot be judged")
        < html.index('id="claim-toy-l"')
    )
    assert "settle it:</strong> An exchange." in html
    apart = [
        lacking,
        lacking | {"id": "toy-m", "paper": "001"},
        lacking | {"id": "toy-n", "chapter": "tests"},
    ]
    html = verdict_table(apart, "Claims")
    assert "2 claims of texts 000 and 001 (toy) that cannot" in verdict_table(apart[:2], "Claims")
    assert "3 claims of texts 000 and 001 that cannot" in html


def test_a_card_says_answer_number_reason_other_reading_and_what_would_settle():
    html = card([DIRECTION | {"sentence": "Found."}, OTHER], "toy-a", family=3, repository=Repository())
    order = ["Cannot be told", "RMSE", "<svg", "Found.", "Close.", "As published",
             "What would settle it", "<details>", "one of 3 contrasts: interval at the level 1 - .05/3"]  # fmt: skip
    assert "Ours: 0.95 [-0.50, 2.40] (log return per day)." in card([DIRECTION], "toy-a")
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert '<span class="visually-hidden">of toy-a</span>' in html


CITED = Citation("A study", "1", "MIT", ("A group",), repository="https://x.org/a")


def test_the_measure_is_named_with_function_file_and_line_and_linked_where_there_is_a_repository():
    row = DIRECTION | {"measured_by": "markowitz.sharpe_gain.realised"}
    place = sources.measure_place("markowitz.sharpe_gain.realised")
    plain = card([row], "toy-a", repository=Repository())
    line = f'<a href="../code/studies/markowitz/measures.html#L{place.line}">studies/markowitz/measures.py, line {place.line}</a>'
    assert f"<code>{place.function}</code> in {line}; key" in plain and "issues/new" not in plain
    linked = card([row], "toy-a", repository=Repository(CITED))
    assert f"https://x.org/a/blob/main/src/portfolio_study/{sources.file_name(place)}#L{place.line}" in linked
    assert "https://x.org/a/issues/new?template=verdict.yml&amp;title=Verdict%3A+toy-a" in linked
    assert 'href="measures.html#markowitz.sharpe_gain.realised"' in plain
    assert sources.measure_place("markowitz.nothing") is None


def test_without_a_file_of_citation_there_is_no_repository(tmp_path):
    assert sources.configured_repository(lambda: tmp_path) == Repository()


@pytest.mark.parametrize(
    "row, said",
    [
        (DIRECTION | {"n": 100, "detectable": 1.0}, "needs about 2,500 observations; it has 100."),
        (ROW | {"kind": "number", "interval": [0.1, 0.2]}, "longer sample"),
        (ROW | {"kind": "number", "interval": None}, "authors' code"),
        (ROW | {"verdict": "not defined by the text"}, "say what is to be computed"),
        (
            ROW | {"verdict": "not defined by the text", "reading_note": "daily"},
            "whether they computed the reading",
        ),
        (ROW | {"verdict": "depends on the reading"}, "which of the readings named here they mean"),
        (ROW | {"verdict": "not reproduced", "evidence": "paper data"}, "authors' prices and program would"),
        (
            ROW | {"verdict": "not reproduced", "evidence": "no data needed", "reason": "2 standard errors"},
            "authors' program, with its seed, would",
        ),
        (ROW | {"verdict": "lacks data", "who": "an exchange"}, "An exchange."),
        (DIRECTION | {"n": 58, "detectable": 1000.0}, "more data than any sample could hold (over 252,000 "),
        (DIRECTION | {"n": 9_000, "detectable": 1.0}, "about 220,000 observations"),
        (DIRECTION | {"n": 90_000, "detectable": 1.0}, "about 2,200,000 observations"),
        (ROW | {"verdict": "lacks data", "reason": "needs trades"}, "It needs trades."),
        (ROW | {"verdict": "proven"}, "proof on this page"),
        (DIRECTION | {"verdict": "holds", "reason": "The interval"}, "These data: the interval. Another"),
        (ROW | {"verdict": "no verdict", "differs": "to 2020"}, "UNIVERSE=papers"),
    ],
)
def test_what_would_settle_a_claim_is_computed(row, said):
    assert said in settles(ROW | {"differs": ""} | row)


def test_readings_of_the_text_are_counted_and_open_rows_say_what_would_settle_them():
    row = ROW | {"verdict": "not defined by the text", "reading_note": "daily"}
    others = [
        OTHER | {"reading_note": "weekly"},
        OTHER | {"reading": "also_asked", "reading_note": "and in May"},
    ]
    assert "which of the 2 readings named here they computed" in settles(row, others)
    for verdict in ("not defined by the text", "not reproduced", "depends on the reading"):
        assert "What would settle it:</strong> The authors" in verdict_table(
            [ROW | {"verdict": verdict}], "C"
        )
    assert "What would settle it" not in verdict_table([ROW | {"verdict": "proven"}], "C")


def test_what_failed_is_one_choice_of_the_filter():
    rows = [ROW | {"id": v, "verdict": v} for v in ("holds", "erratum", "false here")]
    page = facets.paper_tables(rows)
    assert (
        '<option value="what failed" data-any="false here|erratum">what failed: false here, erratum' in page
    )
    assert "what failed" not in facets.paper_tables(rows[:2])  # of one verdict there is its own choice


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_an_answer_a_line_of_the_legend_and_says_what_would_settle_it(verdict):
    assert verdict in badge(verdict).lower() and "&nbsp;" in badge(verdict)
    assert badge(verdict) in marks.legend()
    assert marks.MARKS[verdict].style in marks.COLOURS
    assert settles(ROW | {"verdict": verdict, "differs": "x"})


@pytest.mark.parametrize("verdict", VERDICTS)
def test_what_would_settle_it_is_said_only_where_something_is_open(verdict):
    row = ROW | {"verdict": verdict, "differs": "x", "reason": "the whole interval lies above zero"}
    settled = verdict in (
        "reproduced",
        "holds",
        "does not hold",
        "true here",
        "false here",
        "proven",
        "erratum",
    )
    assert settles_line(row).startswith(
        "<strong>What settles it:" if settled else "<strong>What would settle it:"
    )
    assert not (settled and "What would settle it" in card([row], "toy-a"))


def test_a_number_that_depends_on_the_reading_says_so():
    row = ROW | {"kind": "sample", "value": 20, "n": 20, "interval": None, "unit": "readings"}
    assert tables.shown_value(row) == "20 of 20"
    depends = row | {"verdict": "depends on the reading"}
    assert tables.shown_value(depends) == "20 of 20 in one of two readings"
    assert tables.shown_value(depends | {"value": None}) == "–"


def test_an_interval_is_one_of_a_family_wherever_it_is_shown():
    family = [DIRECTION | {"id": f"toy-{name}"} for name in "ab"]
    told = "one of 2 contrasts: interval at the level 1 - .05/2"
    assert told in verdict_table(family, "Claims")
    assert told in verdict_table(family[:1], "The main claims", families=family)
    assert told in listings.headline_table([family[0] | {"headline": True}, family[1] | {"headline": False}])


def test_claims_and_own_questions_are_counted_apart():
    own = ROW | {"id": "toy-own", "counts": False, "primary": False, "reading": "also_asked"}
    assert tables.claims_and_questions([ROW, ROW | {"reading": "also_asked", "counts": False}]) == "1 claim"
    assert tables.claims_and_questions([ROW, own]) == "1 claim and 1 own question"


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_weak_test_is_marked_where_it_cannot_be_told(verdict):
    assert ("test too weak" in badge(verdict, weak=True)) == (verdict == "cannot be told")
    assert "too weak" not in badge(verdict)


def test_other_data_are_told_in_the_fold_and_counted_once_in_the_caption():
    other = ROW | {"differs": "to 2022 instead of 2024", "check": "replication"}
    assert "other data: to 2022 instead of 2024 (replication)" in verdict_table([other], "Claims")
    proof = ROW | {"evidence": rules.NO_DATA}
    assert tables.data_caveat([other, proof, ROW | {"evidence": rules.PAPER_DATA}]).startswith(
        "Of its claims that are measured on data, 1 of 2 stand"
    )
    assert "all 2 stand" in tables.data_caveat([other, proof, other])
    assert tables.data_caveat([ROW | {"evidence": rules.PAPER_DATA}]) == ""


def test_the_chart_draws_interval_zero_smallest_effect_and_printed_number():
    chart = interval_chart(DIRECTION)
    assert "Interval 0.95 [-0.50, 2.40]; matters: 0.20" in chart and ">0</text>" in chart
    assert chart.count('stroke-dasharray="3 2"') == 1
    undefined = interval_chart(DIRECTION | {"kind": "undefined", "smallest_effect": None})
    assert ">0</text>" in undefined and "matters" not in undefined
    number = interval_chart(ROW)
    assert "printed: 0.5" in number and "9l6 7l-6 7" in number
    places = [float(x) for x in re.findall(r"M([\d.]+) ", chart)]
    assert all(0 <= x <= 320 for x in places)
    assert interval_chart(ROW | {"interval": None}) == "" == interval_chart(ROW | {"value": True})
    assert interval_chart(ROW | {"value": float("nan")}) == ""


def test_intervals_of_some_claims_share_an_axis():
    wide = DIRECTION | {"id": "wide", "interval": [-10.0, 10.0]}
    html = intervals_table([DIRECTION, wide])
    assert html.count("<svg") == 2 and 'href="#claim-wide"' in html and "(0.20)" in html
    assert interval_chart(DIRECTION, labelled=False) not in html  # alone it would have its own axis
    assert "<svg" not in intervals_table([DIRECTION | {"interval": None, "value": None}])


def test_the_ledger_page_has_a_box_for_every_facet_and_marks_every_claim():
    html = facets.paper_tables([ROW, OTHER, ROW | {"id": "toy-l", "verdict": "lacks data", "evidence": ""}])
    for facet in ("paper", "verdict", "check", "reading", "lacks", "chapter", "words"):
        assert f'data-facet="{facet}"' in html
    assert 'data-lacks="lacks data or not printed"' in html and 'data-lacks="other data"' in html
    assert 'aria-live="polite"' in html and "ledger.js" in html


def test_formulas_are_plain_text_in_a_table():
    assert plain_text(r"with $\varepsilon^2$ {cite:p}`neyman1933`") == "with ε² neyman1933"
    assert plain_text(r"$b=\phi(\varepsilon)$") == "b=φ(ε)"
    assert plain_text(r"$H^{-1}=\Xi^2$") == "H⁻¹=Ξ²"
    assert (
        plain_text(r"$\mathbf{w}^T\boldsymbol{\Sigma}\mathbf{w} \le \lambda$, $\sqrt{T}$")
        == "w^TΣw ≤ λ, sqrt{T}"
    )


@pytest.mark.parametrize(
    "value, like, shown",
    [
        (0.018964, "0.01896", "0.01896"),
        (0.018964, None, "0.019"),
        (3532.0, "3.6e3", "3,532"),
        (1.5, "1.50", "1.50"),
        (0.0, None, "0"),
        (-0.00001234, None, "-1.2e-05"),
    ],
)
def test_numbers_are_shown_with_the_papers_digits_or_two(value, like, shown):
    assert shown_number(value, like) == shown


@pytest.mark.parametrize(
    "value, interval, like, shown",
    [
        (0.9527, (-0.5103, 2.4157), None, "0.95 [-0.51, 2.42]"),
        (2016.4, (-617.98, 4650.8), None, "2,000 [-600, 4,700]"),
        (0.62373, (-0.6435, 1.891), "1.50", "0.62 [-0.64, 1.89]"),
        (0.00001, (-0.5, 0.5), None, "0.000 [-0.500, 0.500]"),
        (1.4e-5, (-1.9e-4, 2.2e-4), None, "1.4e-05 [-1.9e-04, 2.2e-04]"),
    ],
)
def test_an_interval_has_the_decimals_that_its_number_bears(value, interval, like, shown):
    assert shown_interval(value, interval, like) == shown


@pytest.mark.parametrize(
    "value, printed, said",
    [(1.0, 2.0, "half"), (2.0, 1.0, "twice"), (1.0, 1.01, "nearly"), (-1.0, 1.0, "other sign"), (5.0, 1.0, "5.0 times"), (0.1, 1.0, "10 %"), (1.0, 0.0, "")],
)  # fmt: skip
def test_a_value_is_said_in_terms_of_the_printed_one(value, printed, said):
    assert said in as_much(value, printed)
