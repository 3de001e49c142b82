"""How the study is cited, and links that appear with a repository and not without one."""

import re

import pytest
import yaml

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.citation import read_citation
from portfolio_study.ledger.sources import configured_repository
from portfolio_study.ledger.tables import READING_NAMES
from portfolio_study.settings import project_root

REPOSITORY = "https://github.com/someone/study"


@pytest.fixture
def checkout(tmp_path):
    """Write ``CITATION.cff`` of the project with other fields; return its folder."""

    def write(**fields):
        given = yaml.safe_load((project_root() / "CITATION.cff").read_text()) | fields
        (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(given))
        return tmp_path

    return write


def test_bibtex_is_what_the_file_says(checkout):
    people = [{"family-names": "Curie", "given-names": "Marie"}, {"name": "The Contributors"}]
    root = checkout(
        authors=people, version="1.2.3", license="MIT", url="https://x.org/study/", title="A title"
    )
    entry = read_citation(root).bibtex("2026-11-28", "0123456789abcdef")
    assert entry.startswith("@software{portfolio_study_2026,\n") and entry.endswith("\n}")
    assert "title = {{A title}}" in entry and "author = {Curie, Marie and {The Contributors}}" in entry
    assert "month = nov" in entry and "version = {1.2.3}" in entry and "url = {https://x.org/study}" in entry
    assert "note = {commit 0123456789abcdef, results of 2026-11-28, licence MIT}" in entry
    assert entry.count("{") == entry.count("}")
    released = read_citation(checkout(**{"date-released": "2025-02-03"})).bibtex("2026-11-28")
    assert "year = {2025}" in released and "month = feb" in released and "commit" not in released


def test_the_version_is_that_of_the_package():
    project = (project_root() / "pyproject.toml").read_text()
    assert read_citation(project_root()).version == re.search(r'^version = "(.+)"$', project, re.MULTILINE)[1]


def test_without_a_repository_there_are_no_links(checkout):
    found = read_citation(checkout())
    assert (found.repository, found.site) == ("", "")
    assert not (
        found.source("a.py", "c", 3) or found.edit("a.py") or found.wrong_verdict("x") or found.binder("a")
    )


def test_a_repository_gives_links_to_source_edit_report_and_binder(checkout):
    found = read_citation(checkout(**{"repository-code": f"{REPOSITORY}/"}))
    assert found.source("src/a.py", "abc", 3) == f"{REPOSITORY}/blob/abc/src/a.py#L3"
    assert found.edit("book/a.md") == f"{REPOSITORY}/edit/main/book/a.md"
    report = found.wrong_verdict("lstm-beats-zero", "corrected")
    assert report.startswith(f"{REPOSITORY}/issues/new?") and "claim=lstm-beats-zero" in report
    template = yaml.safe_load((project_root() / ".github" / "ISSUE_TEMPLATE" / "verdict.yml").read_text())
    ids = {field.get("id") for field in template["body"]}
    assert "template=verdict.yml" in report and {"claim", "reading"} <= ids
    options = next(f for f in template["body"] if f.get("id") == "reading")["attributes"]["options"]
    assert {READING_NAMES["as_published"], READING_NAMES["corrected"]} <= set(options)
    assert (
        found.binder("book/arima")
        == "https://mybinder.org/v2/gh/someone/study/HEAD?urlpath=lab%2Ftree%2Fbook%2Farima.md"
    )
    elsewhere = read_citation(checkout(**{"repository-code": "https://git.example.org/study"}))
    assert elsewhere.binder("book/arima") == "" and elsewhere.edit("a")


def test_a_verdict_can_be_reported_where_there_is_a_repository(checkout):
    for fields, linked in (({}, False), ({"repository-code": REPOSITORY}, True)):
        address = configured_repository(lambda fields=fields: checkout(**fields)).report("toy-a")
        assert bool(address) == linked and address.startswith(REPOSITORY * linked)


def test_a_wrong_file_is_refused(checkout, tmp_path):
    assert read_citation(tmp_path) is None
    with pytest.raises(LedgerError, match="repository-code must be an address"):
        read_citation(checkout(**{"repository-code": "github.com/x"}))
    with pytest.raises(LedgerError, match="lacks 'given-names'"):
        read_citation(checkout(authors=[{"family-names": "Curie"}]))
    (tmp_path / "CITATION.cff").write_text("a: [")
    with pytest.raises(LedgerError, match=r"CITATION\.cff"):
        read_citation(tmp_path)
