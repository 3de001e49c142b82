"""A study: the experiments of one chapter, opened by its page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from types import ModuleType
from typing import Any, ClassVar

from portfolio_study.errors import LedgerError, UnknownNameError
from portfolio_study.ledger.claims import Claim, load_ledger
from portfolio_study.ledger.evidence import unmet
from portfolio_study.ledger.judge import family_sizes, judge_claims, judged_interval
from portfolio_study.ledger.measures import CHAPTER_DATA, Measure, declared_in, record_of
from portfolio_study.ledger.records import Record, display_record, display_sample
from portfolio_study.ledger.series import hand_out
from portfolio_study.ledger.words import Chosen, in_page, record_lookup, say, says
from portfolio_study.settings import project_root

REQUEST = ("source", "universe", "start", "end", "path", "snapshot")  # what load_prices takes
FIGURE_METADATA = "portfolio_study_figure"


@dataclass(kw_only=True, eq=False)
class Study:
    """The experiments of one chapter: its parameters are fields, its stages cached properties.

    Attributes
    ----------
    chapter : str
        Name of the page; of the class.
    own_data : str
        Attribute that holds what the chapter works on, where that is a part of the prices; of the class.
    prices : PriceHistory
        What the page was given.
    samples : mapping of str to str, optional
        Checksums of further data that the run gives to the page, by the name that the page has for them.
    """

    chapter: ClassVar[str] = ""
    own_data: ClassVar[str] = "prices"
    prices: Any
    samples: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        self.measures: list[Measure] = []  # what the study declares
        self._done: dict[Callable[[Any], Any], Any] = {}
        self._records: dict[str, Record] | None = None

    def once(self, function: Callable[[Any], Any]) -> Any:
        """Call a measure on this study, or return what the call before returned."""
        if function not in self._done:
            self._done[function] = function(self)
        return self._done[function]

    def sample(self, data: str | None = None) -> dict[str, Any]:
        """Describe the data behind an attribute, default the chapter's own (see ``PriceHistory.sample``)."""
        found: dict[str, Any] = getattr(self, data or self.own_data).sample()
        return found

    def __getitem__(self, key: str) -> Any:
        """What the measure of a key returns.

        Raises
        ------
        UnknownNameError
            If no measure has this key.
        """
        for made in self.measures:
            if made.covers(key):
                return made.values(self)[key]
        raise UnknownNameError("measure", key, [key for m in self.measures for key in m.keys])

    def records(self) -> dict[str, Record]:
        """Measure everything that the data allow, by full key.

        A measure that serves only claims whose needs these data do not meet is not called.
        """
        if self._records is None:
            claims = load_ledger(project_root()).of_chapter(self.chapter).claims
            self._records = {}
            for made in self.measures:
                if self._in_vain(made, claims):
                    continue
                for key, found in made.values(self).items():
                    record = record_of(key, found, made, self)
                    self._records[record.key] = record
        return self._records

    def _in_vain(self, made: Measure, claims: Iterable[Claim]) -> bool:
        """Whether a measure serves only claims whose needs the data that it is measured on do not meet."""
        if made.data is None:
            return False
        data = self.own_data if made.data == CHAPTER_DATA else made.data
        served: dict[str, list[Claim]] = {f"{self.chapter}.{key}": [] for key in made.keys}
        for claim in claims:
            for reading in claim.readings.values():
                if reading.measured_by in served:
                    served[reading.measured_by].append(claim)
        return all(
            of_key and all(unmet(claim, self.sample(data)) for claim in of_key) for of_key in served.values()
        )

    def interval(self, key: str) -> tuple[float, float]:
        """Interval of a measured value at the level of its family: the one that ledger and sentences use.

        A table or figure shows this interval, so that it cannot contradict the verdict beside it.

        Parameters
        ----------
        key : str
            Key of a measure of this study; a value of which no direction is claimed is a family of its own.

        Raises
        ------
        UnknownNameError
            If no measure has this key.
        """
        made = next((m for m in self.measures if m.covers(key)), None)
        if made is None:
            raise UnknownNameError("measure", key, [key for m in self.measures for key in m.keys])
        return judged_interval(record_of(key, made.values(self)[key], made, self), self.family(key))

    def family(self, key: str) -> int:
        """Number of directions among which a measured value is judged; 1 for one of which none is claimed.

        Parameters
        ----------
        key : str
            Key of a measure of this study.
        """
        claims = load_ledger(project_root()).of_chapter(self.chapter).claims
        families = family_sizes(claims)
        sizes = [
            families[claim.group, name]
            for claim in claims
            for name, reading in claim.readings.items()
            if reading.measured_by == f"{self.chapter}.{key}" and claim.kind == "direction"
        ]
        return max(sizes, default=1)

    @property
    def smallest_effects(self) -> dict[str, float]:
        """Smallest effects that matter by their names in ``book/samples.yml``.

        A table that asks what half or twice of one would change takes it from here: it is the one of the verdicts.
        """
        return load_ledger(project_root()).smallest_effects

    def measure(self) -> None:
        """Measure everything and store it in the executed notebook, for the ledger and the page."""
        if part := self._part():
            display_sample(self.chapter, part)
        for record in self.records().values():
            display_record(record)

    def hand_out(self, module: ModuleType) -> None:
        """Store the series that a module of the study declares, for readers to take away (see `ledger.series`)."""
        hand_out(self, module)

    def words(self, template: str, text: Callable[[str], str] = str) -> str:
        """Fill a unit, caption or sentence with the study's fields and measured values.

        Parameters
        ----------
        template : str
        text : callable
            How texts among them are written: `in_page` for a page.
        """

        def find(name: str) -> Any:
            found = self._lookup(name)
            if isinstance(found, Chosen) and isinstance(found.value, str):
                return Chosen(text(found.value), found.interval)
            return found

        return say(template, find) if "{" in template else template

    def says(self, claim: str) -> str:
        """The sentence of a claim of this chapter, judged from what is measured now.

        Raises
        ------
        LedgerError
            If the chapter has no such claim, or the claim no sentence.
        """
        ledger = load_ledger(project_root()).of_chapter(self.chapter)
        found = next((c for c in ledger.claims if c.id == claim), None)
        if found is None:
            raise UnknownNameError("claim", claim, [c.id for c in ledger.claims])
        if not found.says:
            raise LedgerError(f"claim {claim!r} has no `says`")
        own = {self.chapter: part} if (part := self._part()) else {}
        rows = judge_claims(ledger, self.records(), self.sample("prices"), own)
        row = next(r for r in rows if r["id"] == claim and r["primary"])
        return says(row, found.says, self.records())

    def alt(self, draw: Callable[[Any], Any]) -> str:
        """Alt text of a declared figure, with its values."""
        said = draw.drawing.alt  # type: ignore[attr-defined]
        return str(said(self)) if callable(said) else self.words(said)

    def figure(self, draw: Callable[[Any], Any]) -> Any:
        """Draw a declared figure with its caption and alt text.

        Returns
        -------
        object or None
            HTML of an interactive figure; a picture is displayed.
        """
        drawing = draw.drawing  # type: ignore[attr-defined]
        alt = self.alt(draw)
        made = draw(self)
        name = f"fig-{self.chapter.replace('_', '-')}-{drawing.name}"
        about = {"name": name, "caption": self.words(drawing.caption, in_page), "alt": alt}
        if hasattr(made, "to_plotly_json"):
            from portfolio_study.figures import show_interactive

            below = self.words(drawing.caption)
            shown = show_interactive(made, name=drawing.name, alt=alt, height=drawing.height, caption=below)
            shown.metadata = {FIGURE_METADATA: about}
            return shown
        from IPython.display import display
        from matplotlib import pyplot as plt

        display(made, metadata={FIGURE_METADATA: about})
        plt.close(made)
        return None

    def _part(self) -> dict[str, Any]:
        """Sample of the part of the prices that the chapter works on; empty if it takes them all."""
        return {} if self.own_data == "prices" else self.sample()

    def _lookup(self, name: str) -> Any:
        if not any(made.covers(name) for made in self.measures):
            try:
                return Chosen(attrgetter(name)(self))
            except AttributeError:
                pass  # an attribute of a measured value, such as key.low
        needed = {}
        for key in (name, name.rpartition(".")[0]):
            for made in self.measures:
                if key and made.covers(key):
                    values = made.values(self)
                    if key in values:
                        needed[f"{self.chapter}.{key}"] = record_of(key, values[key], made, self)
        return record_lookup(self.chapter, needed)(name)


def open_chapter(study: ModuleType, page: Mapping[str, Any]) -> Any:
    """Open a chapter: load its prices, and make its study from the page's parameters.

    Parameters
    ----------
    study : module
        The study: a module with a class ``Experiment``, a function ``load_prices`` and the measures, or a
        package with a module ``measures`` that holds them.
    page : mapping
        ``globals()`` of the page, which hold its parameters.

    Returns
    -------
    Study
        The package's ``Experiment``.

    Raises
    ------
    LedgerError
        If the page lacks a parameter that the experiment has as a field, or the experiment has another
        name than its module.
    StudyError
        If the prices cannot be loaded.
    """
    from portfolio_study.figures import use_style

    experiment = study.Experiment
    if experiment.chapter != study.__name__.rpartition(".")[2]:
        raise LedgerError(
            f"{study.__name__}: its Experiment says chapter = {experiment.chapter!r}; a study has the name of its page"
        )
    names = [f.name for f in fields(experiment) if f.name not in ("prices", "samples")]
    lacking = [name for name in (*REQUEST, *names) if name not in page]
    if lacking:
        raise LedgerError(f"{study.__name__}: the page has no parameter {lacking[0]!r}")
    use_style()
    given = {"vendor": page["vendor"]} if page.get("vendor") else {}
    prices = study.load_prices(**{name: page[name] for name in REQUEST}, **given)
    further = {"samples": page["samples"]} if page.get("samples") else {}
    return open_study(study, prices, **further, **{name: page[name] for name in names})


def open_study(study: ModuleType, prices: Any, **parameters: Any) -> Any:
    """Make a study of prices and parameters, without a page.

    Parameters
    ----------
    study : module
        As for `open_chapter`.
    prices : PriceHistory
    **parameters
        Fields of the experiment.
    """
    made = study.Experiment(prices=prices, **parameters)
    declared = getattr(study, "measures", study)
    # In a study of one module the name is the decorator, if anything.
    made.measures = declared_in(study if callable(declared) else declared)
    return made
