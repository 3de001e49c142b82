"""A small book with everything that pages show, rendered by the renderers of the real one; no kernel runs."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "ledger"))

from ledger_rows import ROW  # noqa: E402

from portfolio_study.ledger import facets, listings, marks, pictures, rules, two_runs  # noqa: E402
from portfolio_study.ledger.claims import Erratum  # noqa: E402
from portfolio_study.ledger.tables import REFERENCE_RUN, SCRIPT, Beside, verdict_table  # noqa: E402
from portfolio_study.publishing import errata_places  # noqa: E402
from portfolio_study.publishing.check_site import check_site  # noqa: E402
from portfolio_study.publishing.code_pages import write_code_pages  # noqa: E402
from portfolio_study.publishing.fill import raw  # noqa: E402
from portfolio_study.publishing.finish import finish_site  # noqa: E402
from portfolio_study.publishing.layout import Layout  # noqa: E402
from portfolio_study.publishing.render import render_site, write_front_page  # noqa: E402
from portfolio_study.publishing.shrink_site import shrink_site  # noqa: E402
from portfolio_study.publishing.stage import stage_book  # noqa: E402

PAGES = (
    "index",
    "figures",
    "tables",
    "verdicts",
    "errata",
    "your_data",
    "toy",
)  # toy: where the claims say that they are computed
PROSE = (
    "A paragraph of the length that chapters have, so that its lines can be measured: it says in plain words "
    "what a reader of a small book would want to know about the pages of that book, and then it goes on for "
    "a while, because a paragraph of one line says nothing about the length of lines in paragraphs. "
)


def html_cell(html, tags=()):
    """A code cell that shows HTML."""
    output = nbformat.v4.new_output("execute_result", {"text/html": html}, execution_count=1)
    cell = nbformat.v4.new_code_cell("show()", outputs=[output], execution_count=1)
    cell.metadata["tags"] = list(tags)
    return cell


def claims():
    """Judged rows: every verdict, two papers, and a table of three claims."""
    rows = [
        ROW | {"id": f"toy-{k}", "group": f"g{k}", "verdict": verdict, "statement": f"statement number {k}"}
        for k, verdict in enumerate(rules.VERDICTS)
    ]
    table = [
        ROW | {"id": f"table-{k}", "group": "t", "paper": "001", "verdict": rules.HOLDS, "kind": "direction",
               "paper_value": None, "smallest_effect": 0.1, "statement": f"the zebra of row {k}"}
        for k in range(3)
    ]  # fmt: skip
    return rows + table


FAULT = {
    "id": "F24", "paper": "000", "chapter": "toy", "place": "Figure 2, exit distributions P1 to P3", "problem": "wider is said to be better",
    "correct": "it is not", "evidence": "a closed form", "list": "erratum", "review": "", "test": None, "materiality": "little",
    "where": "toy#toy-accuracy", "section": "Accuracy",
}  # fmt: skip
SETTING = ROW | {
    "id": "setting", "kind": "setting", "counts": False, "verdict": "no verdict", "statement": "scaled, and then split",
    "reason": "this is the leak of the scaler",
}  # fmt: skip


def in_chapter():
    """Claims that the page toy shows, and what the reference run has for them."""
    rows = [row for row in claims() if row["paper"] == "000"]
    return rows, [rows[0] | {"verdict": rules.NOT_REPRODUCED, "value": 0.77}, *rows[1:]]


def interactive():
    """A figure with a slider and a menu."""
    import plotly.graph_objects as go

    from portfolio_study.figures import show_interactive

    figure = go.Figure()
    for k in range(3):
        figure.add_scatter(
            y=[k, k + 1, k + 2],
            name=f"line {k}",
            visible=k == 0,
            line={"color": "#000000"},
            hovertemplate="%{y}",
        )
    steps = [
        {"label": f"step {k}", "method": "update", "args": [{"visible": [j == k for j in range(3)]}]}
        for k in range(3)
    ]
    figure.update_layout(
        sliders=[{"active": 0, "currentvalue": {"prefix": "lambda = "}, "steps": steps}],
        updatemenus=[{"buttons": steps, "active": 0}],
    )
    os.environ["STUDY_IN_BUILD"] = "1"
    try:
        return show_interactive(figure, "lines", "Three lines", caption="Lines, one at a time.").data
    finally:
        del os.environ["STUDY_IN_BUILD"]


def pages():
    """Executed notebooks of the book."""
    from portfolio_study.figures import show_table

    markdown = nbformat.v4.new_markdown_cell
    frame = pd.DataFrame({f"a rather long name of column {k}": [1.5, 2.5] for k in range(12)}, ["x", "y"])
    here, reference = in_chapter()
    sentence = f"(index)=\n# A small book\n\n{PROSE}\n\nSee [figures](figures.md), [tables](tables.md#wide-tables) and [verdicts](verdicts.md)."
    index = [
        markdown(sentence),
        html_cell(listings.answers_table(reference, here)),
        html_cell(pictures.published_against_ours(reference)),
        html_cell(two_runs.build_against_reference(here, {"verdicts": reference, "run": {}})),
        markdown("(compare)=\n## How this build compares"),
        html_cell(two_runs.comparison(here, {"verdicts": reference, "run": {}})),
    ]
    figures = [
        markdown(
            f"(figures)=\n# Figures\n\n{PROSE}\n\nInline $x^2 + \\alpha$ and $\\sqrt{{2}}$, and\n\n$$\\sum_{{k=1}}^n k = \\frac{{n(n+1)}}{{2}}$$"
        ),
        markdown("\n\n".join(["## A long way down", *[PROSE] * 30])),
        markdown("## A figure to use"),
        html_cell(interactive()),
        markdown(
            f"## After the figure\n\n{PROSE} The word walrus stands here only.\n\n$$\\int_0^1 x\\,dx = \\frac12$$"
        ),
    ]
    tables = [
        markdown(f"(tables)=\n# Tables\n\nOf $R^2$: {PROSE}\n\n(wide-tables)=\n## Wide tables\n\nOf your own ticker."),
        html_cell(show_table(frame, "A wide table of the study").data),
        html_cell(f"<div>{frame.to_html()}</div>"),
        markdown(
            "| rule | test | meaning |\n| --- | --- | --- |\n| one | `test_of_a_long_name_with_code` | [a link](index.md) |"
        ),
        html_cell(
            show_table(frame.iloc[:, :2], "A table in a fold").data, ["hide-output"]
        ),
        html_cell("<p>" + "".join(marks.badge(verdict) for verdict in marks.MARKS) + "</p>"),
        markdown(
            "## A function\n\n```{py:function} portfolio_study.tables.read_the_table_of_a_long_name(returns, "
            "covariance_of_the_innovations='sample')\n\nOf what ``portfolio_study.tables.recognise_the_table_of`` gives.\n```"
        ),
    ]  # fmt: skip
    verdicts = [
        markdown(f"(verdicts)=\n# Verdicts\n\n{PROSE}"),
        html_cell(facets.paper_tables(claims())),
        html_cell(listings.unjudged_table([SETTING])),
        markdown("## How large the effects are"),
        html_cell(listings.effects_table([claims()[0] | {"unit": "annual Sharpe ratio", "headline": True}])),
    ]
    errata = [markdown(f"(errata)=\n# Errata\n\n{PROSE}"), html_cell(listings.errata_lists([FAULT]))]
    dealt = errata_places.errata_line("F24", [Erratum("F24", "000", "toy", FAULT["place"], "", "", "")])
    shown = verdict_table(here, "Verdicts", beside=Beside.of(REFERENCE_RUN, reference)) + SCRIPT
    toy = [
        markdown(f"# Where claims are computed\n\n(toy-accuracy)=\n## Accuracy\n\n{PROSE}\n\n{raw(dealt)}"),
        markdown("(toy-verdicts)=\n## Claims of this chapter"),
        html_cell(shown),
    ]
    own = [markdown(f"# Your own prices\n\n{PROSE}\n\n## The papers' own samples\n\n{PROSE}")]
    cells = dict(zip(PAGES, (index, figures, tables, verdicts, errata, own, toy), strict=True))
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    return {f"book/{name}": nbformat.v4.new_notebook(cells=cells[name], metadata=kernel) for name in PAGES}


def write_book(root):
    """Write and render the book; return its layout, with the site where a build publishes it."""
    (root / "book").mkdir(parents=True)
    shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
    shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
    (root / "book" / "references.bib").write_text("")
    chapters = [{"file": f"book/{name}"} for name in PAGES[1:]]
    toc = {"format": "jb-book", "root": "book/index", "chapters": chapters}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    for name in PAGES:
        (root / "book" / f"{name}.md").write_text(f"# {name}\n")
    layout = Layout(root, root / "build")
    stage_book(layout, pages(), layout.work / "stage", "The data of this small book.")
    site = render_site(layout.work / "stage", layout.work / "site", root)
    shrink_site(site)
    finish_site(site)
    write_code_pages(site, measures=False)
    write_front_page(site, "book/index")
    check_site(site, layout.pages())
    (layout.build / "html").symlink_to(site)
    return layout
