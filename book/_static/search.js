// The search page: below each page that was found, the sections and rows of tables with the words and the words around
// them; and the pages that have them only in tables and figures, which the index of the theme leaves out. The texts
// come as a script (search-texts.js), which a browser loads from disk too.
(() => {
  "use strict";
  const STOP = new Set((
    "a an and are as at be been by can did do does for from had has have how in is it its of on or that the their there " +
    "these this to was were what when where which who why will with"
  ).split(" "));
  // What readers ask for in another word than the pages have.
  const MEANT = { leakage: "leak", untestable: "testable", tickers: "ticker", stocks: "stock", format: "layout", formats: "layout",
    raise: "higher", raises: "higher", raised: "higher", improve: "higher", improves: "higher", improved: "higher" };
  const HISTORY = /changes\.html$/;  // has words of everything, and the answer to nothing that is asked today
  const MOST = 4;  // sections shown below a page
  const typed = (new URLSearchParams(location.search).get("q") || "").toLowerCase().match(/[\p{L}\p{N}.-]+/gu) || [];
  const telling = typed.filter(word => word.length > 1 && !STOP.has(word));
  const asked = (telling.length ? [...new Set(telling)] : typed).map(word => MEANT[word] || word);
  const results = document.getElementById("search-results");
  const texts = window.searchTexts || {};
  if (!results || !asked.length) return;

  const literal = word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // The words in their order, with endings and signs between them: "exit distribution P1" is in "exit distributions P1".
  const phrase = new RegExp(asked.map(literal).join("[\\p{L}\\p{N}]*[^\\p{L}\\p{N}]+"), "iu");
  const anyWord = new RegExp(asked.map(literal).sort((a, b) => b.length - a.length).join("|"), "giu");

  const made = (tag, settings, ...parts) => {
    const element = Object.assign(document.createElement(tag), settings);
    element.append(...parts);
    return element;
  };

  // Where a text has most of the words close together.
  const best = text => {
    const whole = text.match(phrase);
    if (whole) return whole.index;
    const found = [...text.matchAll(anyWord)].map(hit => [hit.index, hit[0].toLowerCase()]);
    const near = from => new Set(found.filter(([at]) => at >= from && at < from + 150).map(([, word]) => word)).size;
    return found.reduce((most, [at]) => (near(at) > near(most) ? at : most), found.length ? found[0][0] : -1);
  };
  const around = text => {
    const at = best(text);
    if (at < 0) return [];
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 60)));
    const to = text.length > at + 150 ? text.lastIndexOf(" ", at + 150) : text.length;
    const shown = text.slice(from, to);
    const parts = [];
    let last = 0;
    for (const hit of shown.matchAll(anyWord)) {
      parts.push(shown.slice(last, hit.index), made("mark", {}, hit[0]));
      last = hit.index + hit[0].length;
    }
    return [made("span", {}, from ? "… " : "", ...parts, shown.slice(last), to < text.length ? " …" : "")];
  };

  const score = ([, title, text]) => {
    const words = `${title} ${text}`.toLowerCase();
    if (!asked.every(word => words.includes(word))) return 0;
    return 1 + (phrase.test(title) ? 4 : phrase.test(text) ? 2 : 0) + asked.every(word => title.toLowerCase().includes(word));
  };
  const fitting = page => (texts[page] || []).map(section => [score(section), section])
    .filter(([points]) => points).sort((a, b) => b[0] - a[0]);  // of equal points in the order of the page
  const sections = page => {
    const places = fitting(page).map(([, [anchor, title, text]]) => {
      const shown = around(text);
      return made("li", {}, made("a", { href: `${page}#${anchor}` }, title), ...(shown.length ? [" – ", ...shown] : []));
    });
    const list = made("ul", { className: "found" }, ...places.slice(0, MOST));
    const rest = places.slice(MOST);
    if (rest.length) {
      const more = made("button", { type: "button" }, `and ${rest.length} more place${rest.length > 1 ? "s" : ""} on this page`);
      const last = made("li", {}, more);
      more.addEventListener("click", () => { last.replaceWith(...rest); rest[0].querySelector("a").focus(); });
      list.append(last);
    }
    return list;
  };
  const pageOf = item => item.querySelector("a")?.getAttribute("href").replace(/[?#].*/, "");

  const complete = () => {
    const list = results.querySelector("ul.search");
    const summary = results.querySelector(".search-summary");
    if (!list) return;
    for (const item of list.querySelectorAll(":scope > li:not([data-told])")) {
      item.dataset.told = "yes";
      if (fitting(pageOf(item)).length) item.append(sections(pageOf(item)));
    }
    summary?.setAttribute("role", "status");
    if (!summary?.textContent.trim() || results.dataset.complete) return;  // the theme is still searching
    results.dataset.complete = "yes";
    const there = new Set([...list.children].map(pageOf));
    for (const page of Object.keys(texts)) {
      if (there.has(page) || !fitting(page).length) continue;
      list.append(made("li", {}, made("a", { href: page }, texts[page][0][1]), sections(page)));
      list.lastChild.dataset.told = "yes";
      there.add(page);
    }
    // First the pages of which one place has all of the words, best together.
    const points = item => (HISTORY.test(pageOf(item)) ? -1 : fitting(pageOf(item))[0]?.[0] || 0);
    list.append(...[...list.children].sort((a, b) => points(b) - points(a)));
    const told = there.size
      ? `${there.size} page${there.size > 1 ? "s" : ""} found.`
      : `No page has all of these words: ${asked.join(", ")}. Try fewer, or others.`;
    if (summary.textContent !== told) summary.textContent = told;
  };
  new MutationObserver(complete).observe(results, { childList: true, subtree: true, characterData: true });
})();
