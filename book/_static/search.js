// The search page: below each page that was found, the sections with the words and the words around them; and the
// pages that have them only in tables and figures, which the index of the theme leaves out. The texts come as a
// script (search-texts.js), which a browser loads from disk too.
(() => {
  "use strict";
  const asked = (new URLSearchParams(location.search).get("q") || "").toLowerCase().match(/[\p{L}\p{N}.-]{2,}/gu) || [];
  const results = document.getElementById("search-results");
  const texts = window.searchTexts || {};
  if (!results || !asked.length) return;

  const made = (tag, settings, ...parts) => {
    const element = Object.assign(document.createElement(tag), settings);
    element.append(...parts);
    return element;
  };
  const around = (text, word) => {
    const at = text.toLowerCase().indexOf(word);
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 70)));
    const found = made("mark", {}, text.slice(at, at + word.length));
    return made("span", {}, from ? "… " : "", text.slice(from, at), found, text.slice(at + word.length, at + word.length + 110), " …");
  };
  const fitting = page => (texts[page] || []).filter(([, title, text]) => {
    const words = `${title} ${text}`.toLowerCase();
    return asked.every(word => words.includes(word));
  });
  const sections = page => made("ul", { className: "found" }, ...fitting(page).slice(0, 4).map(([anchor, title, text]) => {
    const word = asked.find(one => text.toLowerCase().includes(one));
    const entry = made("li", {}, made("a", { href: `${page}#${anchor}` }, title));
    if (word) entry.append(" – ", around(text, word));
    return entry;
  }));
  const pageOf = item => item.querySelector("a")?.getAttribute("href").replace(/[?#].*/, "");

  const complete = () => {
    const list = results.querySelector("ul.search");
    const summary = results.querySelector(".search-summary");
    if (!list) return;
    for (const item of list.querySelectorAll(":scope > li:not([data-told])")) {
      item.dataset.told = "yes";
      if (fitting(pageOf(item)).length) item.append(sections(pageOf(item)));
    }
    if (!summary?.textContent.trim() || results.dataset.complete) return;  // the theme is still searching
    results.dataset.complete = "yes";
    const there = new Set([...list.children].map(pageOf));
    for (const page of Object.keys(texts)) {
      if (there.has(page) || !fitting(page).length) continue;
      list.append(made("li", {}, made("a", { href: page }, texts[page][0][1]), sections(page)));
      there.add(page);
    }
    if (there.size) summary.textContent = `${there.size} page${there.size > 1 ? "s" : ""} found.`;
  };
  new MutationObserver(complete).observe(results, { childList: true, subtree: true, characterData: true });
})();
