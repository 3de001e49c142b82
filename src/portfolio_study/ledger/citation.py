"""How the study is cited, and where it lives: all from ``CITATION.cff``.

``repository-code`` there is the one setting for links to a repository (source, edit, report, Binder), ``url``
for the address of the published site. Where they are absent there are no such links.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from portfolio_study.errors import LedgerError
from portfolio_study.yaml_text import read_yaml

FILE = "CITATION.cff"
BRANCH = "main"


@dataclass(frozen=True)
class Citation:
    """What ``CITATION.cff`` says.

    Attributes
    ----------
    title, version, licence : str
    authors : tuple of str
        ``"Family, Given"``, or the name of a group.
    repository : str
        Address of the repository, without a slash at the end; empty if it has none.
    site : str
        Address of the published site, likewise.
    released : str
        Date of the release; empty before the first.
    """

    title: str
    version: str
    licence: str
    authors: tuple[str, ...]
    repository: str = ""
    site: str = ""
    released: str = ""

    def bibtex(self, date: str, commit: str = "") -> str:
        """Entry for a bibliography.

        Parameters
        ----------
        date : str
            Of the results, ``YYYY-MM-DD``; a date of release comes first.
        commit : str
            Of the code that computed them.
        """
        when = self.released or date
        # A name in one more pair of braces is not split into given and family name.
        names = " and ".join(name if ", " in name else f"{{{name}}}" for name in self.authors)
        fields = {
            "title": f"{{{self.title}}}",
            "author": names,
            "year": when[:4],
            "month": MONTHS[int(when[5:7]) - 1],
            "version": self.version,
            "url": self.site or self.repository,
            "note": ", ".join(
                part
                for part in (
                    f"commit {commit}" if commit else "",
                    f"results of {date}",
                    f"licence {self.licence}",
                )
                if part
            ),
        }
        lines = [
            f"  {name} = {value if name == 'month' else '{' + value + '}'}"
            for name, value in fields.items()
            if value
        ]
        return f"@software{{portfolio_study_{when[:4]},\n" + ",\n".join(lines) + "\n}"

    def source(self, path: str, commit: str = "", line: int = 0) -> str:
        """Address of a file, at a commit and line; empty without a repository."""
        if not self.repository:
            return ""
        return f"{self.repository}/blob/{commit or BRANCH}/{quote(path)}" + (f"#L{line}" if line else "")

    def edit(self, path: str) -> str:
        """Address at which a file is edited; empty without a repository."""
        return f"{self.repository}/edit/{BRANCH}/{quote(path)}" if self.repository else ""

    def wrong_verdict(self, claim: str, reading: str = "") -> str:
        """Address of a report that a verdict is wrong, filled in; empty without a repository."""
        if not self.repository:
            return ""
        filled = {"template": "verdict.yml", "title": f"Verdict: {claim}", "claim": claim}
        filled |= {"reading": reading} if reading else {}
        return f"{self.repository}/issues/new?{urlencode(filled)}"

    def binder(self, page: str) -> str:
        """Address at which a page runs in a browser; empty unless the repository is on GitHub."""
        start = "https://github.com/"
        if not self.repository.startswith(start):
            return ""
        name = self.repository.removeprefix(start)
        return (
            f"https://mybinder.org/v2/gh/{quote(name)}/HEAD?urlpath={quote(f'lab/tree/{page}.md', safe='')}"
        )


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_citation(root: Path) -> Citation | None:
    """Read ``CITATION.cff`` of a checkout; None where there is none.

    Raises
    ------
    LedgerError
        If it cannot be read, or lacks its title, version, licence or authors.
    """
    path = root / FILE
    if not path.is_file():
        return None
    try:
        given: dict[str, Any] = read_yaml(path, LedgerError)
        authors = tuple(_name(author) for author in given["authors"])
        return Citation(
            title=str(given["title"]),
            version=str(given["version"]),
            licence=str(given["license"]),
            authors=authors,
            repository=_address(given, "repository-code", path),
            site=_address(given, "url", path),
            released=str(given.get("date-released", "")),
        )
    except (TypeError, KeyError) as error:
        raise LedgerError(f"{path}: cannot be read, or lacks {error}") from error


def _name(author: dict[str, str]) -> str:
    if "name" in author:
        return author["name"]
    return f"{author['family-names']}, {author['given-names']}"


def _address(given: dict[str, Any], field: str, path: Path) -> str:
    text = str(given.get(field) or "").rstrip("/")
    if text and not text.startswith(("https://", "http://")):
        raise LedgerError(f"{path}: {field} must be an address that starts with https://, got {text!r}")
    return text
