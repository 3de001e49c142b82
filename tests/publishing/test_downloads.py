"""What a reader can take away: files made from executed pages, and the pages that offer them."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
import yaml
from toy import ROOT

from portfolio_study.errors import BuildError
from portfolio_study.figures import show_table
from portfolio_study.ledger.citation import read_citation
from portfolio_study.ledger.dictionary import ERRATA, VERDICTS, dictionary
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.series import PARQUET, SERIES_METADATA, to_parquet
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.publishing import downloads
from portfolio_study.publishing.generated_pages import LINE, PARTS, Made, offer, page_links, written_page
from portfolio_study.publishing.notebooks import read_chapter

RETURNS = pd.DataFrame(
    {
        "date": pd.bdate_range("2020-01-01", periods=30),
        "1/N": [0.01, -0.01] * 15,
        "other": [0.02, 0.03, 0.01] * 10,
    }
).astype({"1/N": "float32", "other": "float32"})


#: A picture of one dot.
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


def output(data, **metadata):
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


@pytest.fixture
def executed():
    """An executed page with a table, a figure, and two series, of one of which a part is withheld."""
    import base64

    frame = pd.DataFrame(
        {"RMSE": [1 / 3, 2.0], "note": ["a", "b, c"]}, index=pd.Index(["A", "B"], name="ticker")
    )
    html = show_table(frame, "Errors")
    data, metadata = html._repr_html_()
    about = {"chapter": "toy_page", "kind": "returns", "title": "Returns", "rows": 60, "withheld": ""}
    coded = {"text/plain": "x", PARQUET: base64.b64encode(to_parquet(RETURNS)).decode()}
    shown = {"name": "fig-toy-line", "caption": "A line.", "alt": "A line that rises"}
    cells = [
        nbformat.v4.new_markdown_cell("# Toy\n\nIt is {glue:text}`toy_page.rise:.1f`, see [beta](beta.md)."),
        nbformat.v4.new_code_cell("source = None  # where\nuniverse = None\nstart = None\nend = None\npath = None\n"
                                  "snapshot = None\nwindow = 5  # days", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("source = 'file'\nwindow = 20\nsnapshot = 'abc'", metadata={"tags": ["injected-parameters"]}),
        nbformat.v4.new_code_cell("table", outputs=[output({"text/html": data}, **{"text/html": metadata})]),
        nbformat.v4.new_code_cell("figure", outputs=[
            output({"image/png": DOT, downloads.SVG: "<svg/>"}, **{FIGURE_METADATA: shown})]),
        nbformat.v4.new_code_cell("study.hand_out(series)", outputs=[
            output(coded, **{SERIES_METADATA: about | {"name": "strategy_returns"}}),
            output(coded, **{SERIES_METADATA: about | {"name": "w", "withheld": "they would"}})]),
    ]  # fmt: skip
    return nbformat.v4.new_notebook(cells=cells)


def test_tables_figures_and_series_are_taken_out_of_a_page(executed):
    before = nbformat.writes(executed)
    page, files = downloads.take(executed, "toy_page")
    assert nbformat.writes(executed) == before
    by_kind = {kind: [f for f in files if f.kind == kind] for kind in ("table", "figure", "series")}
    (table,), (figure,), (earned, part) = by_kind.values()
    rows = list(csv.reader(io.StringIO(table.contents[".csv"].decode())))
    assert rows == [["ticker", "RMSE", "note"], ["A", str(1 / 3), "a"], ["B", "2.0", "b, c"]]  # all digits
    assert f'href="../downloads/{table.name}.csv"' in page.cells[3].outputs[0].data["text/html"]
    assert "download>CSV of table 1</a>" in page.cells[3].outputs[0].data["text/html"]
    told = re.findall(r"<a [^>]*>(.*?)</a>", "".join(file.links() for file in files))
    assert len(told) == len(set(told)) == 6 and all(
        "<span" in words for words in told
    )  # read alone, each says of what it is
    with zipfile.ZipFile(io.BytesIO(figure.contents[".zip"])) as archive:
        assert archive.namelist() == ["fig-toy-line.svg"] and archive.read("fig-toy-line.svg") == b"<svg/>"
    assert list(page.cells[4].outputs[0].data) == ["image/png"]
    assert page.cells[5].outputs == [] and "60 rows; they would" in part.links()
    assert earned.name == "toy-page-strategy-returns"
    read = pd.read_parquet(io.BytesIO(earned.contents[".parquet"]))
    text = pd.read_csv(io.BytesIO(earned.contents[".csv.bz2"]), compression="bz2", parse_dates=["date"])
    for found in (read, text):
        pd.testing.assert_frame_equal(found, RETURNS, check_dtype=False, rtol=1e-6)


def test_a_table_that_is_only_html_can_be_taken_away_too():
    frame = pd.DataFrame({"x": [1, 2]}).to_html()
    claims = '<table class="study verdicts"><tr><td>1</td></tr></table>'
    cells = [
        nbformat.v4.new_markdown_cell("# Page\n\n## Near the end"),
        nbformat.v4.new_code_cell("frame", outputs=[output({"text/html": frame})]),
        nbformat.v4.new_code_cell("claims", outputs=[output({"text/html": claims})]),
    ]
    page, (table,) = downloads.take(nbformat.v4.new_notebook(cells=cells), "toy_page")
    again = nbformat.v4.new_code_cell("frame", outputs=[output({"text/html": frame})])
    _, both = downloads.take(nbformat.v4.new_notebook(cells=[*cells, again]), "toy_page")
    assert [file.title for file in both] == ["Near the end", "Near the end (table 2)"]
    assert table.links().count("Near the end") == 1  # a caption is read once
    assert table.title == "Near the end" and table.contents[".csv"] == b",x\n0,1\n1,2\n"
    assert f'href="../downloads/{table.name}.csv"' in page.cells[1].outputs[0].data["text/html"]
    assert page.cells[2].outputs[0].data["text/html"] == claims


def test_five_lines_on_the_page_read_a_series(tmp_path):
    page = (ROOT / "book" / "downloads.md").read_text()
    (code,) = re.findall(r"^```\{code-block\} python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 5
    name = re.search(r'"([\w-]+)\.parquet"', code)[1]
    assert name == "markowitz-strategy-returns"
    (tmp_path / f"{name}.parquet").write_bytes(to_parquet(RETURNS))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    mean, sd = RETURNS["other"].mean(), RETURNS["other"].std()
    assert re.search(rf"^other +{mean / sd * 252**0.5:.2f}$", done.stdout, re.MULTILINE)


DATA = {
    "source": "file", "universe": "custom", "tickers": ["A A", "B"], "first": "2015-01-02", "last": "2015-12-31",
    "request": {"path": "/home/someone/prices.csv", "start": None},
}  # fmt: skip


def test_an_executed_notebook_names_its_prices_and_travels_with_its_claims(executed, tmp_path):
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "claims" / "toy_page.yml").write_text("[]")
    (tmp_path / "book" / "samples.yml").write_text("{}")
    chapter = SimpleNamespace(name="toy_page", front={"title": "Toy"})
    records = {"toy_page.rise": Record("toy_page.rise", 2.345)}
    executed.metadata["portfolio_study"] = {"parameters": {"path": "/home/someone/prices.csv"}}
    page, _ = downloads.take(executed, "toy_page")
    made = downloads.notebook_file(chapter, page, records, DATA, tmp_path, "x")
    with zipfile.ZipFile(io.BytesIO(made.contents[".zip"])) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {"_toc.yml", "book/claims/toy_page.yml", "book/samples.yml"} < set(members)
    assert "/home/someone" not in "".join(members.values())
    notebook = nbformat.reads(members["book/toy_page.ipynb"], as_version=4)
    assert notebook.cells[0].source == "# Toy\n\nIt is 2.3, see beta."
    assert notebook.cells[1].source.splitlines() == [
        "source = 'file'  # where", "universe = ['A A', 'B']", "start = '2015-01-02'", "end = '2015-12-31'",
        "path = 'prices.csv'", "snapshot = None", "window = 20  # days",
    ]  # fmt: skip
    assert "the study installed" in made.note and "your file of prices, which is not in it" in made.note
    assert notebook.cells[2].outputs and "put it in this folder" in members["README.txt"]
    assert made == downloads.notebook_file(chapter, page, records, DATA, tmp_path, "x")  # the same bytes


def test_prose_of_a_notebook_needs_no_book():
    text = (
        "(label)=\n# Title\n\n:::{admonition} In short\n* {cite:p}`a2020` says {numref}`fig-x`\n:::\n\n"
        "```{raw} html\n<b>bold</b>\n```\n[there](data.ipynb#x) and [out](https://x.org/a.md)"
    )
    shown = downloads.plain_markdown(text, "toy", {})
    assert shown.startswith("# Title\n\n**In short**\n") and "(a2020) says fig-x" in shown
    assert (
        "<b>bold</b>\nthere and [out](https://x.org/a.md)" in shown
        and "{" not in shown
        and ":::" not in shown
    )


def test_a_start_that_the_library_would_read_as_a_return_is_not_given():
    french = DATA | {"source": "french", "universe": "french_industry10", "request": {"start": None}}
    assert downloads.own_request(french)["start"] is None
    assert downloads.own_request(french | {"request": {"start": "1990-01-02"}})["start"] == "1990-01-02"


def test_verdicts_and_errata_are_tables_whose_columns_are_explained():
    reference = json.loads((ROOT / "book" / "reference" / "papers.json").read_text())
    rows = reference["verdicts"]
    assert {name for row in rows for name in row} <= set(VERDICTS)
    errata = [dict.fromkeys(ERRATA, "x")]
    verdicts, faults = downloads.ledger_files({"verdicts": rows, "errata": errata})
    assert json.loads(verdicts.contents[".json"]) == rows and json.loads(faults.contents[".json"]) == errata
    table = pd.read_csv(io.BytesIO(verdicts.contents[".csv"]), dtype={"paper": str})
    assert len(table) == len(rows) and table["id"].tolist() == [row["id"] for row in rows]
    k, first = next((k, row) for k, row in enumerate(rows) if row.get("interval"))
    assert table.loc[k, ["interval_low", "interval_high"]].tolist() == pytest.approx(first["interval"])
    for name in (*VERDICTS, *ERRATA):
        assert f"| `{name}` | " in dictionary()


# --- pages of which the build makes a part


def made(toy, **changes):
    run = {"computed_at": "2026-11-28T10:00:00Z", "sha256": "a" * 64}
    chapters = [read_chapter(f"book/{n}", toy.book / f"{n}.md") for n in ("index", "alpha")]
    return Made(
        **{"root": toy.root, "chapters": chapters, "files": [], "run": run, "citation": None, "commit": ""}
        | changes
    )


def test_every_part_is_asked_for_by_a_page_of_the_book():
    text = "\n".join(path.read_text() for path in (ROOT / "book").glob("*.md"))
    asked = {match["name"].partition(":")[0] for match in LINE.finditer(text)}
    assert set(PARTS) <= asked


def test_an_unknown_part_is_refused_with_its_page(toy):
    with pytest.raises(BuildError, match=r"book/x.md: unknown part \{citation\}; known: .*cite"):
        written_page("# X\n\n{citation}\n", made(toy), "book/x.md")
    assert written_page("# X\n\n{not a part}, {part} in a line", made(toy), "x").endswith("in a line")


def test_changes_are_those_of_the_project(toy):
    (toy.root / "CHANGELOG.md").write_text("# Changelog\n\nFirst.\n\n## 0.1\n")
    assert written_page("# X\n\n{changelog}", made(toy), "x") == "# X\n\nFirst.\n\n## 0.1"
    (toy.root / "CHANGELOG.md").unlink()
    with pytest.raises(BuildError, match=r"CHANGELOG\.md is missing"):
        written_page("{changelog}", made(toy), "x")


def test_what_was_judged_anew_and_read_twice_stands_on_the_page_of_changes(toy):
    (toy.book / "readings").mkdir(exist_ok=True)
    (toy.book / "readings" / "one.yml").write_text("- {claim: c, first: an A, second: a B, ended: a C}\n")
    text = written_page("{judged_changes}\n\n{readings}\n\n{draws}", made(toy), "x")
    assert "Nothing was changed since the registration" in text
    assert "one: 1 disagreement" in text and "<td>a C</td>" in text


def test_a_page_links_to_its_repository_only_where_there_is_one(toy):
    given = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    (toy.root / "CITATION.cff").write_text(yaml.safe_dump(given))
    without = read_citation(toy.root)
    assert page_links(None, "book/alpha") == page_links(without, "book/alpha") == ""
    assert "| commit |" not in written_page("{cite}", made(toy, citation=without), "x")
    (toy.root / "CITATION.cff").write_text(
        yaml.safe_dump(given | {"repository-code": "https://github.com/a/b", "url": "https://x.org/study"})
    )
    found = read_citation(toy.root)
    shown = page_links(found, "book/alpha")
    assert shown.count("<a ") == 3 and "edit/main/book/alpha.md" in shown and "mybinder" in shown
    text = written_page("{cite}\n\n{install}", made(toy, citation=found, commit="abc"), "x")
    assert "| commit | `abc` |" in text and "[https://x.org/study](https://x.org/study)" in text
    assert "git+https://github.com/a/b" in text
    assert "git clone https://github.com/a/b study" in written_page(
        "{get_study}", made(toy, citation=found), "x"
    )
    assert "names no public repository" in written_page("{get_study}", made(toy, citation=without), "x")


def test_what_is_offered_is_linked_from_its_page_and_from_all_downloads(toy, executed):
    (toy.book / "take.md").write_text("# Take\n\n{downloads}\n")
    sources = {
        "book/alpha": read_chapter("book/alpha", toy.book / "alpha.md"),
        "book/take": read_chapter("book/take", toy.book / "take.md"),
    }
    path = toy.root / "executed.ipynb"
    executed = nbformat.reads(nbformat.writes(executed).replace("toy_page", "alpha"), as_version=4)
    executed.cells[0].source = "# Toy"
    path.write_text(nbformat.writes(executed))
    content = {"verdicts": [], "errata": [], "run": {"computed_at": "2026-01-01", "sha256": "a" * 64}}
    data = DATA | {"source": "packaged", "request": {}}
    found = offer(sources, {"book/alpha": executed}, {"book/alpha": path}, content, data, toy.root)
    last = found.pages["book/alpha"].cells[-1].source
    assert 'id="take-away"><summary>Take away: notebook, 1 table, figures, 2 series' in last
    for file in found.files:
        for end in file.contents:
            link = f'../downloads/{file.name}{end}"'
            assert link in found.texts["book/take"]
            assert not file.chapter or link in last
    downloads.write_files(found.files, toy.root / "out")
    assert (toy.root / "out" / "verdicts.json").read_text() == "[]\n"
    assert zipfile.is_zipfile(toy.root / "out" / "alpha-notebook.zip")
