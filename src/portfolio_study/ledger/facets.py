"""The ledger page: all judged claims, with boxes and a script that filter them."""

import html
from collections.abc import Iterable

from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import UNJUDGED
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.pages import paper_names
from portfolio_study.ledger.tables import claim_rows, verdict_table


def paper_tables(rows: Iterable[Row]) -> str:
    """All judged claims, one table a paper, with boxes that filter them; the address keeps what was chosen."""
    rows = [row for row in rows if row["kind"] not in UNJUDGED]
    firsts = [first for first, _ in claim_rows(rows)]
    names = paper_names(rows)
    options = {
        "paper": names,
        "verdict": {v: v for v in rules.VERDICTS if any(row["verdict"] == v for row in firsts)},
        "check": {
            c: c
            for c in (*rules.CHECKS, "not judged")
            if any((r["check"] or "not judged") == c for r in firsts)
        },
        "chapter": {c: c.replace("_", " ") for c in dict.fromkeys(row["chapter"] for row in firsts)},
    }
    words = {"paper": "Paper", "verdict": "Verdict", "check": "Kind of check", "chapter": "Chapter"}
    boxes = "".join(
        f'<label>{words[facet]} <select data-facet="{facet}"><option value="">all</option>'
        + "".join(
            f'<option value="{html.escape(str(value))}">{html.escape(text)}</option>'
            for value, text in found.items()
        )
        + "</select></label> "
        for facet, found in options.items()
    )
    parts = [
        f'<form class="ledger-facets" id="ledger-facets">{boxes}'
        '<label>Words <input type="search" data-facet="words" placeholder="LSTM, Sharpe, ..."></label> '
        '<button type="reset">Show all</button> <output id="ledger-count" aria-live="polite"></output></form>'
    ]
    for paper, label in names.items():
        own = [row for row in rows if row["paper"] == paper]
        claims = len({row["id"] for row in own})
        table = verdict_table(own, label, link="{page}.html#{anchor}")
        parts.append(
            f'<details class="ledger" open><summary>{html.escape(label)}: {claims} claims</summary>{table}</details>'
        )
    return "".join(parts) + LEDGER_SCRIPT


#: Filters the claims; a link with a claim's name opens its table, and Back returns to what was chosen before.
LEDGER_SCRIPT = """
<script>
(() => {
  const form = document.getElementById("ledger-facets");
  const boxes = [...form.querySelectorAll("[data-facet]")];
  const claims = [...document.querySelectorAll("details.ledger tbody.claim")];
  const texts = claims.map(claim => claim.textContent.toLowerCase());
  const count = document.getElementById("ledger-count");
  const apply = () => {
    let shown = 0;
    claims.forEach((claim, i) => {
      const fits = boxes.every(box => {
        const wanted = box.value;
        if (!wanted) return true;
        if (box.dataset.facet !== "words") return claim.dataset[box.dataset.facet] === wanted;
        return wanted.toLowerCase().split(/\\s+/).every(word => texts[i].includes(word));
      });
      claim.hidden = !fits;
      shown += fits;
    });
    document.querySelectorAll("details.ledger").forEach(part => {
      part.hidden = !part.querySelector("tbody.claim:not([hidden])");
    });
    count.textContent = shown ? `${shown} of ${claims.length} claims` : "No claim fits: choose fewer conditions.";
  };
  const read = () => {
    const asked = new URLSearchParams(location.search);
    boxes.forEach(box => { box.value = asked.get(box.dataset.facet) || ""; });
    apply();
  };
  const write = () => {
    const chosen = new URLSearchParams();
    boxes.forEach(box => { if (box.value) chosen.set(box.dataset.facet, box.value); });
    const text = chosen.toString();
    try { history.pushState(null, "", text ? "?" + text : location.pathname.split("/").pop()); } catch (_) {}
    apply();
  };
  form.addEventListener("change", write);
  form.addEventListener("input", apply);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));
  addEventListener("popstate", read);
  read();
})();
</script>"""
