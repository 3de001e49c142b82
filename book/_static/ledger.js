// Tables of verdicts: folds the claims of a paper's table, filters the ledger page, keeps the state in the address.
(() => {
  "use strict";
  const all = selector => [...document.querySelectorAll(selector)];
  const claims = all("tbody.claim");
  const heads = all("tbody.statement");
  const members = new Map(heads.map(head => [head.id, claims.filter(claim => claim.dataset.table === head.id)]));
  const button = head => head.querySelector("button");
  const isOpen = head => button(head).getAttribute("aria-expanded") === "true";
  const form = document.getElementById("ledger-facets");
  const boxes = form ? [...form.querySelectorAll("[data-facet]")] : [];
  const count = document.getElementById("ledger-count");
  const settings = () => all("table.settings tbody tr");  // definitions, settings and opinions: they have no verdict
  const texts = new Map();
  const words = row => texts.get(row) ?? texts.set(row, row.textContent.toLowerCase()).get(row);

  const fits = claim => boxes.every(box => {
    const wanted = box.value.trim();
    if (!wanted) return true;
    if (box.dataset.facet !== "words") {
      const several = box.selectedOptions[0].dataset.any;  // one choice that stands for several verdicts
      return (several ? several.split("|") : [wanted]).includes(claim.dataset[box.dataset.facet]);
    }
    return wanted.toLowerCase().split(/\s+/).every(word => words(claim).includes(word));
  });

  const filtered = () => boxes.some(box => box.value.trim());

  // Heads and captions count what fits: "3 of 16 claims and 1 of 2 own questions", and of a head how those came out.
  const asked = claim => claim.dataset.reading === "also_asked";
  const counted = (element, own, fitting) => {
    element.dataset.whole ??= element.textContent;
    const some = own.filter(claim => fitting.has(claim));
    const questions = some.filter(asked).length;
    const told = filtered()
      ? element.dataset.whole.replace(/\d+ claims?/, whole => `${some.length - questions} of ${whole}`)
        .replace(/\d+ own questions?/, whole => `${questions} of ${whole}`)
      : element.dataset.whole;
    if (element.textContent !== told) element.textContent = told;
  };
  const tallied = (cell, own, fitting) => {
    cell.dataset.whole ??= cell.textContent;
    const found = new Map();
    own.filter(claim => fitting.has(claim)).forEach(({ dataset }) => found.set(dataset.verdict, (found.get(dataset.verdict) || 0) + 1));
    const some = [...found].sort((a, b) => b[1] - a[1]).map(([verdict, n]) => `${n} ${verdict}`).join(", ");
    const [what] = cell.dataset.whole.split(":");
    cell.textContent = filtered() && some ? `${what}: ${some}` : cell.dataset.whole;
  };
  const tables = form ? all("table.verdicts").map(table => [table.caption, [...table.querySelectorAll("tbody.claim")]]) : [];

  // Shows what fits. With a filter the tables open, so that every claim that was counted is seen.
  const show = () => {
    const fitting = new Set(claims.filter(fits));
    claims.forEach(claim => { claim.hidden = !fitting.has(claim); });
    heads.forEach(head => {
      const own = members.get(head.id);
      head.hidden = !own.some(claim => fitting.has(claim));
      if (!isOpen(head)) own.forEach(claim => { claim.hidden = true; });
      if (!form) return;
      head.classList.toggle("part", filtered() && !own.every(claim => fitting.has(claim)));
      counted(button(head), own, fitting);
      tallied(head.querySelector("td:last-child"), own, fitting);
    });
    tables.forEach(([caption, own]) => counted(caption, own, fitting));
    all("div.ledger, div.ledger-part").forEach(part => { part.hidden = !part.querySelector("tbody.claim:not([hidden]), tbody.statement:not([hidden])"); });
    if (!form) return;
    const unjudged = showSettings();
    // What stands below for all claims must not be read as more of what was found.
    all("table.effects caption").forEach(caption => {
      caption.dataset.whole ??= caption.textContent;
      caption.textContent = caption.dataset.whole + (filtered() ? ". Of all claims: the choice above is not applied here" : "");
    });
    const [own, every] = [[...fitting].filter(asked).length, claims.filter(asked).length];
    count.textContent = fitting.size
      ? `${fitting.size - own} of ${claims.length - every} claims` + (every ? `, ${own} of ${every} own questions` : "")
      : `No claim fits: ${advice()}${unjudged}`;
  };

  const advice = () => {
    const verdict = boxes.find(box => box.dataset.facet === "verdict");
    const several = [...verdict?.options || []].find(option => option.dataset.any);  // "what failed"
    const one = several && several.dataset.any.split("|").includes(verdict.value);
    return `choose fewer conditions${one ? `, or “${several.value}” as the verdict` : ""}.`;
  };

  // Shows the definitions, settings and opinions that fit; returns how many those are, in a sentence.
  const showSettings = () => {
    const every = settings();
    const some = every.filter(fits);
    every.forEach(row => { row.hidden = !some.includes(row); });
    const fold = every[0]?.closest("details");
    if (!fold) return "";
    const summary = fold.querySelector("summary");
    summary.dataset.whole ??= summary.textContent;
    summary.textContent = filtered() ? summary.dataset.whole.replace(/\d+(?=\)$)/, `${some.length} of $&`) : summary.dataset.whole;
    return some.length ? ` Of the definitions, settings and opinions below, ${some.length} fit${some.length === 1 ? "s" : ""}.` : "";
  };

  const unfold = (head, open) => button(head).setAttribute("aria-expanded", String(open));

  const apply = () => {
    heads.forEach(head => unfold(head, filtered()));
    show();
  };

  // A link with a claim's name opens what hides it.
  const reveal = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (wanted?.hidden && wanted.matches("table.settings tr")) { boxes.forEach(box => { box.value = ""; }); show(); wanted.scrollIntoView(); }
    if (!wanted || !wanted.matches("tbody.claim, tbody.statement")) return;
    const head = document.getElementById(wanted.dataset.table || wanted.id);
    if (head && members.has(head.id)) unfold(head, true);
    show();
    if (wanted.hidden && form) { boxes.forEach(box => { box.value = ""; }); show(); }
    const fold = wanted.querySelector("details");
    if (fold) fold.open = true;
    wanted.scrollIntoView();
  };

  // Who follows a link out of a row and comes back finds open what was: the entry in the history keeps it.
  const opened = () => claims.filter(claim => claim.querySelector("details")?.open);
  const change = (how, rows, address) => {
    try { history[how]({ opened: rows.map(row => row.id) }, "", address); } catch { /* pages opened from disk have none in some browsers */ }
  };
  const restore = () => {
    for (const row of (history.state?.opened || []).map(id => document.getElementById(id))) {
      if (members.has(row?.id)) unfold(row, true);
      else if (row?.querySelector("details")) row.querySelector("details").open = true;
    }
    show();
  };
  let waiting;
  const keep = () => { clearTimeout(waiting); waiting = setTimeout(() => change("replaceState", [...opened(), ...heads.filter(isOpen)]), 100); };  // once for many, as when all open for print
  addEventListener("toggle", ({ target }) => { if (target.closest?.("tbody.claim")) keep(); }, true);
  heads.forEach(head => button(head).addEventListener("click", () => { unfold(head, !isOpen(head)); show(); keep(); }));
  addEventListener("hashchange", reveal);

  if (form) {
    const read = () => {
      const asked = new URLSearchParams(location.search);
      boxes.forEach(box => { box.value = asked.get(box.dataset.facet) || ""; });
      apply();
      restore();
      reveal();
    };
    const address = () => {
      const chosen = new URLSearchParams();
      boxes.forEach(box => { if (box.value.trim()) chosen.set(box.dataset.facet, box.value.trim()); });
      const text = chosen.toString();
      return (text ? "?" + text : location.pathname.split("/").pop());
    };
    const remember = how => change(how, opened(), address());  // a filter opens the heads itself
    // Who goes through the choices of one box by arrow keys leaves one step to go back, not one a choice.
    let last = null;
    form.addEventListener("focusout", () => { last = null; });
    form.addEventListener("change", event => {
      if (event.target.type !== "search") remember(event.target === last ? "replaceState" : "pushState");
      last = event.target;
      apply();
    });
    form.addEventListener("input", event => {
      if (event.target.type !== "search") return;
      remember("replaceState");
      apply();
    });
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => { remember("pushState"); apply(); }));
    // Back from the address of a claim the keyboard is where it was, at the sign of the claim.
    let shown = location.hash;
    addEventListener("hashchange", () => { shown = location.hash; });
    addEventListener("popstate", () => {
      const left = shown.length > 1 && document.getElementById(decodeURIComponent(shown.slice(1)));
      read();
      if (left && location.hash !== shown) left.querySelector("a.permalink")?.focus({ preventScroll: true });
    });
    read();
    addEventListener("DOMContentLoaded", () => { show(); reveal(); });  // what stands below this script is there now
  } else {
    apply();
    restore();
    reveal();
  }
})();
