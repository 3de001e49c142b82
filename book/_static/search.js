// The search page: below each page that was found, the sections with the words and the words around them.
// The texts come as a script (search-texts.js), which a browser loads from disk too.
(() => {
  "use strict";
  const asked = (new URLSearchParams(location.search).get("q") || "").toLowerCase().match(/[\p{L}\p{N}.-]{2,}/gu) || [];
  const around = (text, word) => {
    const at = text.toLowerCase().indexOf(word);
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 70)));
    const part = document.createElement("span");
    part.append(from ? "… " : "", text.slice(from, at), Object.assign(document.createElement("mark"), { textContent: text.slice(at, at + word.length) }),
      text.slice(at + word.length, at + word.length + 110), " …");
    return part;
  };
  const told = item => {
    const link = item.querySelector("a");
    const page = link && new URL(link.href).pathname.split("/").pop().replace(/\.html$/, "");
    const sections = window.searchTexts?.[page];
    if (!sections || item.querySelector(".found")) return;
    const fits = sections.filter(([, title, text]) => asked.every(word => `${title} ${text}`.toLowerCase().includes(word)));
    const list = document.createElement("ul");
    list.className = "found";
    for (const [anchor, title, text] of fits.slice(0, 4)) {
      const entry = document.createElement("li");
      const to = document.createElement("a");
      to.href = `${link.href.replace(/#.*/, "")}#${anchor}`;
      to.textContent = title;
      entry.append(to);
      const word = asked.find(w => text.toLowerCase().includes(w));
      if (word) entry.append(" – ", around(text, word));
      list.append(entry);
    }
    if (list.children.length) item.append(list);
  };
  const results = document.getElementById("search-results");
  if (results) new MutationObserver(() => results.querySelectorAll("ul.search > li").forEach(told)).observe(results, { childList: true, subtree: true });
})();
