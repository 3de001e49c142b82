// What a page must give to every reader; each problem is one line. A part of the rules of WCAG 2, level AA.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const told = element => element.outerHTML.slice(0, 120).replace(/\s+/g, " ");
  const seen = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const parsed = text => {
    const n = text.match(/[\d.]+/g).map(Number);
    if (text.startsWith("color(srgb")) return [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1];
    return [n[0], n[1], n[2], n[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map(k => top[k] * top[3] + below[k] * (1 - top[3])).concat(1);
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = colour => {
    const [r, g, b] = colour.map(v => v / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = element => {
    const below = ground(element);
    const [a, b] = [light(over(parsed(getComputedStyle(element).color), below)), light(below)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const name = element => (
    element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent || element.title || element.alt || ""
  ).trim();

  window.pageProblems = () => {
    const found = [];
    for (const element of all("body *")) {
      const words = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
      if (!words || element.closest("svg, script, style, noscript, mjx-container, .visually-hidden") || !seen(element)) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      const large = size >= 24 || (size >= 18.6 && Number(getComputedStyle(element).fontWeight) >= 700);
      const got = contrast(element);
      if (got < (large ? 3 : 4.5)) found.push(`contrast ${got.toFixed(2)}: ${told(element)}`);
    }
    for (const control of all("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
      if (seen(control) && !name(control)) found.push(`no name: ${told(control)}`);
    }
    for (const picture of all("img, svg[role=img]:not([aria-hidden=true]), figure.interactive")) {
      if (!(picture.alt || picture.getAttribute("aria-label"))) found.push(`no description: ${told(picture)}`);
    }
    const leads = new Map();
    for (const link of all("article a[href]")) {
      const [words, there] = [name(link).replace(/\s+/g, " "), link.getAttribute("href")];
      if (leads.has(words) && leads.get(words) !== there) found.push(`two links are called ${words}: ${leads.get(words)} and ${there}`);
      leads.set(words, there);
    }
    for (const button of all("[aria-controls]")) {
      const lost = button.getAttribute("aria-controls").split(" ").filter(id => !document.getElementById(id));
      if (lost.length) found.push(`opens what is not there, ${lost}: ${told(button)}`);
      if (!button.hasAttribute("aria-expanded")) found.push(`does not say whether it is open: ${told(button)}`);
    }
    for (const box of all("article :is([role=region], .table-scroll)[tabindex]")) {
      if (seen(box) && box.scrollWidth <= box.clientWidth + 1) found.push(`can have the focus and cannot be scrolled: ${told(box)}`);
    }
    for (const head of all("article th:not([scope])")) found.push(`heads what is not said: ${told(head)}`);
    for (const table of all("article table")) {
      if (!table.querySelector("th")) found.push(`no heads: ${told(table)}`);
      for (const head of all("th", table)) if (!head.textContent.trim()) found.push(`an empty head: ${told(head)}`);
    }
    let level = 0;
    for (const heading of all("article :is(h1, h2, h3, h4, h5, h6)")) {
      const own = Number(heading.tagName[1]);
      if (own > level + 1) found.push(`heading skips a level: ${told(heading)}`);
      level = own;
    }
    const ids = all("[id]").filter(e => !e.closest("mjx-container, svg")).map(e => e.id);
    for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) found.push(`two elements are called ${id}`);
    for (const part of all("body *")) {
      if (part.closest("svg") || !seen(part) || part.scrollWidth <= part.clientWidth + 1) continue;
      if (/auto|scroll/.test(getComputedStyle(part).overflowX) && part.tabIndex < 0 && !part.querySelector("a[href], button, input, select, [tabindex='0']")) {
        found.push(`cannot be scrolled by keys: ${told(part)}`);
      }
    }
    if (all("[role=img] :is(a, button, input, select)").length) found.push("a picture holds controls");
    if (!document.documentElement.lang) found.push("no language");
    for (const part of all("article *")) {
      const right = part.getBoundingClientRect().right;
      if (right <= innerWidth + 1 || !seen(part) || part.closest(".visually-hidden, mjx-container, thead, svg")) continue;
      let box = part.parentElement;
      while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement;
      if (!box || !box.closest("article")) found.push(`reaches ${Math.round(right)} in a window of ${innerWidth}: ${told(part)}`);
    }
    return found;
  };

  // Letters in the longest line of prose.
  window.longestLine = () => {
    let most = 0;
    for (const prose of all("article p").filter(p => seen(p) && !p.closest("table, figure") && !p.querySelector("*"))) {
      const lines = new Map();
      const range = document.createRange();
      const text = prose.firstChild;
      for (let k = 0; k < text.length; k++) {
        range.setStart(text, k);
        range.setEnd(text, k + 1);
        const line = Math.round(range.getBoundingClientRect().top);
        lines.set(line, (lines.get(line) || 0) + 1);
      }
      most = Math.max(most, ...lines.values());
    }
    return most;
  };
})();
