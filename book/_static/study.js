// Every page: draws interactive figures when they come into view, gives them controls that a keyboard reaches,
// colours them as the page, lets a keyboard scroll what is too wide, and opens folds for print.
(() => {
  "use strict";
  const here = document.currentScript.src;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const once = action => { let made; return () => (made ??= [action()])[0]; };  // also of an action that returns nothing

  // ---- figures -------------------------------------------------------------------------------------------

  const library = once(() => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("../plotly.min.js", here);
    script.onload = done;
    script.onerror = () => failed(new Error(`${script.src} did not load`));
    document.head.append(script);
  }));

  const colours = () => {
    const css = getComputedStyle(document.body);
    const grid = css.getPropertyValue("--pst-color-border").trim() || "#ccc";
    const muted = css.getPropertyValue("--pst-color-text-muted").trim() || css.color;
    const axis = { gridcolor: grid, linecolor: css.color, zerolinecolor: css.color, tickcolor: css.color };
    return { text: css.color, axis, layout: {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: css.color },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: css.color },  // else grey on grey
      hoverlabel: { bgcolor: css.backgroundColor, font: { color: css.color } },
    } };
  };

  // The template of a figure with the colours of the page; black lines are drawn in the colour of the text.
  const template = (layout, now) => {
    const own = structuredClone(layout.template || {});
    own.layout = { ...own.layout, ...now.layout, font: { ...own.layout?.font, ...now.layout.font } };
    for (const axis of ["xaxis", "yaxis"]) own.layout[axis] = { ...own.layout[axis], ...now.axis };
    return own;
  };
  const black = trace => /^(#000000|#000|black)$/i.test(trace.line?.color || trace.marker?.color || "");

  const recolour = plot => {
    const now = colours();
    Plotly.relayout(plot, { template: template(plot.layout, now) });
    if (plot.dataset.black) Plotly.restyle(plot, { "line.color": now.text, "marker.color": now.text }, JSON.parse(plot.dataset.black));
  };

  // A slider or menu of the figure as an element of the page: one that has a label and takes keys.
  const control = (plot, made, place) => {
    const steps = made.steps || made.buttons;
    const label = document.createElement("label");
    const name = (made.currentvalue?.prefix || "show").replace(/[\s:=]+$/, "");
    label.append(`${/^[a-z]{2}/.test(name) ? name[0].toUpperCase() + name.slice(1) : name} `);  // a letter stays small
    const input = document.createElement(made.steps ? "input" : "select");
    const shown = document.createElement("output");
    if (made.steps) {
      Object.assign(input, { type: "range", min: 0, max: steps.length - 1, step: 1 });
    } else {
      steps.forEach((step, k) => input.add(new Option(step.label, k)));
    }
    input.value = made.active || 0;
    const tell = () => {
      const step = steps[input.value];
      if (!made.steps) return step;
      shown.textContent = step.label;
      input.setAttribute("aria-valuetext", step.label);
      return step;
    };
    tell();
    input.addEventListener("input", () => { const step = tell(); Plotly[step.method](plot, ...structuredClone(step.args)); });
    label.append(input);
    if (made.steps) label.append(shown);
    place.append(label);
  };

  const wrap = once(() => {
    const draw = Plotly.newPlot;
    Plotly.newPlot = (id, data, layout, config) => {
      const now = colours();
      const plot = document.getElementById(id);
      const place = document.createElement("div");
      place.className = "controls";
      for (const made of [...(layout.updatemenus || []), ...(layout.sliders || [])]) control(plot, made, place);
      if (place.children.length) plot.closest("figure").prepend(place);
      delete layout.sliders;
      delete layout.updatemenus;
      layout.template = template(layout, now);
      const dark = data.flatMap((trace, k) => (black(trace) ? [k] : []));
      if (dark.length) plot.dataset.black = JSON.stringify(dark);
      for (const k of dark) for (const part of ["line", "marker"]) if (data[k][part]?.color) data[k][part].color = now.text;
      const narrow = innerWidth < 600;  // no room beside the figure for its buttons, which would lie on the lines
      if (narrow) Object.assign(layout, { margin: { ...layout.margin, l: 45, r: 10 }, font: { ...layout.font, size: 11 } });
      return draw(id, data, layout, narrow ? { ...config, displayModeBar: false } : config);
    };
  });

  const draw = async figure => {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "loading";
    await library();
    wrap();
    for (const waiting of all("script[type='text/x-figure']", figure)) {
      const script = document.createElement("script");
      script.textContent = waiting.textContent;
      waiting.replaceWith(script);
    }
    figure.dataset.drawn = "yes";
  };

  const figures = () => all("figure.interactive");
  const start = () => {
    const near = new IntersectionObserver(seen => seen.forEach(entry => {
      if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
    }), { rootMargin: "300px" });
    figures().forEach(figure => near.observe(figure));
  };
  new MutationObserver(() => all("figure.interactive[data-drawn='yes'] .js-plotly-plot").forEach(recolour))
    .observe(document.documentElement, { attributeFilter: ["data-theme"] });
  // For whoever prints the page: all of it, whether it was seen or not.
  window.drawFigures = () => Promise.all(figures().map(draw));
  // Who prints by keys waits until all are drawn; on paper a box says so of those that were not.
  addEventListener("keydown", event => {
    const keys = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === "p";
    if (!keys || figures().every(figure => figure.dataset.drawn === "yes")) return;
    event.preventDefault();
    drawFigures().then(() => print());
  });

  // ---- what is wider than the page can be scrolled by keys -------------------------------------------------

  // Each part is measured when it has been laid out: to ask for all of them would lay out the whole page at once.
  // What fits has no stop of the Tab key and is no landmark, also if it was too wide before the window grew.
  let regions = 0;
  const PARTS = "div.math, mjx-container, pre, .table-scroll, .pst-scrollable-table-container, div.output, figure";
  const measure = part => {
    const wide = part.scrollWidth > part.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(part).overflowX);
    const ours = "scrolled" in part.dataset;
    if (wide === ours) return;
    if (!wide) {
      for (const given of part.dataset.scrolled.split(" ")) part.removeAttribute(given);
      delete part.dataset.scrolled;
      return;
    }
    const given = { tabindex: 0 };
    if (part.tagName === "DIV") {
      given.role = "region";
      given["aria-label"] = part.dataset.name || `${part.matches(".math") ? "Formula" : "Content"} wider than the page, ${++regions}`;
    }
    const lacking = Object.keys(given).filter(name => !part.hasAttribute(name));
    for (const name of lacking) part.setAttribute(name, given[name]);
    part.dataset.scrolled = lacking.join(" ");
  };
  const sizes = new ResizeObserver(parts => parts.forEach(({ target }) => {
    measure(target);
    all("mjx-container", target).forEach(measure);  // made when the formula is set
  }));
  const watch = () => all(PARTS).forEach(part => sizes.observe(part));
  // Who goes on by keys comes to what is far below, too.
  const byKeys = event => {
    if (event.key !== "Tab") return;
    removeEventListener("keydown", byKeys, true);
    all(PARTS).forEach(measure);
  };
  addEventListener("keydown", byKeys, true);

  // ---- buttons of the theme say what they open, and whether it is open ---------------------------------------

  const OPENED = [[".primary-toggle", "pst-primary-sidebar"], [".secondary-toggle", "pst-secondary-sidebar"], [".search-button__button", "pst-search-dialog"]];
  const tell = () => OPENED.forEach(([button, opened]) => {
    const part = document.getElementById(opened);
    const open = part?.checkVisibility({ visibilityProperty: true }) || document.getElementById(`${opened}-modal`)?.open;  // a dialog on small screens
    if (part) all(button).forEach(one => one.setAttribute("aria-expanded", String(Boolean(open))));
  });
  const name = () => {
    OPENED.forEach(([button, opened]) => {
      if (document.getElementById(opened)) all(button).forEach(one => one.setAttribute("aria-controls", opened));
    });
    tell();
    for (const [dialog, words] of [["pst-search-dialog", "Search"], ["pst-primary-sidebar-modal", "Pages of the book"], ["pst-secondary-sidebar-modal", "Contents of this page"]]) {
      document.getElementById(dialog)?.setAttribute("aria-label", words);
    }
    all("figure > figcaption").forEach((caption, k) => {
      caption.id = caption.id || `caption-${k}`;
      caption.parentElement.setAttribute("aria-labelledby", caption.id);
    });
    // The button of the modes says which one is on, and keeps the focus.
    const modes = all(".theme-switch-button");
    const mode = () => modes.forEach(one => one.setAttribute("aria-label", `Colours: ${document.documentElement.dataset.mode}`));
    modes.forEach(one => one.addEventListener("click", () => setTimeout(() => { mode(); one.focus(); })));
    mode();
    // Nor is it lost with the menu that the button beside the title hides.
    addEventListener("click", ({ target }) => {
      const toggle = target.closest?.(".primary-toggle");
      if (toggle) setTimeout(() => { if (document.activeElement === document.body) toggle.focus(); });
    }, true);  // the theme lets it come no further
    // Who leaves a menu is again at the button that opened it.
    addEventListener("close", ({ target }) => setTimeout(() => {
      const [button] = OPENED.find(([, opened]) => target.id.startsWith(opened)) || [];
      if (!button || document.activeElement !== document.body) return;
      all(button).find(one => one.checkVisibility({ visibilityProperty: true }))?.focus();
    }), true);
    for (const change of ["click", "close", "transitionend"]) addEventListener(change, () => requestAnimationFrame(tell), true);
    addEventListener("resize", tell);
  };

  // ---- a link to what lies in a fold opens the fold ------------------------------------------------------------

  const unfold = () => {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const shut = [];
    for (let at = wanted; at; at = at.parentElement) if (at.tagName === "DETAILS" && !at.open) shut.push(at);
    for (const fold of shut) fold.open = true;
    if (shut.length) wanted.scrollIntoView();
  };
  addEventListener("hashchange", unfold);

  // ---- the dots of a picture are one stop of the Tab key, and the arrows go from one to the next --------------

  const NEXT = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const rove = picture => {
    const dots = all("a", picture);
    const around = picture.parentElement;  // a picture that listens itself would be a stop of its own
    const stop = one => dots.forEach(dot => dot.setAttribute("tabindex", dot === one ? 0 : -1));
    stop(dots[0]);
    around.addEventListener("focusin", ({ target }) => { if (dots.includes(target)) stop(target); });
    around.addEventListener("keydown", event => {
      const at = dots.indexOf(document.activeElement);
      if (at < 0 || !(event.key in NEXT) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      dots[Math.max(0, Math.min(dots.length - 1, at + NEXT[event.key]))].focus();
    });
  };

  // ---- formulas: their script is loaded when one is seen, and sets those that are near -------------------------

  // To set, or only to measure, what is far away would lay out the page there.
  const unset = new Set();
  const idle = window.requestIdleCallback || (then => setTimeout(then, 50));
  const formulas = () => {
    const waiting = document.querySelector("script[data-formulas]");
    if (!waiting) return;
    all(".math").forEach(formula => unset.add(formula));
    const load = once(async () => {
      await new Promise(done => {
        const script = document.createElement("script");
        script.src = waiting.dataset.formulas;
        script.onload = done;
        document.head.append(script);
      });
      await MathJax.startup.promise;
      inView.disconnect();
      setThose("600px");
    });
    const set = async some => {
      await load();
      await MathJax.typesetPromise(some);
      some.forEach(formula => all("mjx-container", formula).forEach(part => sizes.observe(part)));
    };
    let last = Promise.resolve();
    const setThose = rootMargin => {
      const near = new IntersectionObserver(seen => {
        const some = seen.filter(entry => entry.isIntersecting && unset.delete(entry.target)).map(entry => entry.target);
        if (some.length) last = last.then(() => set(some));
      }, { rootMargin });
      unset.forEach(formula => near.observe(formula));
      return near;
    };
    // The script is as large as all else of a page: for what is only near it is loaded after the first view.
    const inView = setThose("0px");
    // Who prints without having scrolled needs it as well, and who hears the page without scrolling would hear its
    // source: soon after the first view all formulas are set, one at a time when nothing else is done.
    const rest = () => {
      const [formula] = unset;
      if (!formula) return;
      unset.delete(formula);
      last = last.then(() => set([formula])).then(() => idle(rest));
    };
    if (unset.size) addEventListener("load", () => setTimeout(() => idle(() => load().then(rest)), 1500));
  };
  addEventListener("beforeprint", () => {
    if (unset.size && window.MathJax?.typeset) MathJax.typeset([...unset]);
    unset.clear();
  });

  // ---- print: light, and folds are open; as before afterwards ----------------------------------------------------

  let shade;
  addEventListener("beforeprint", () => {
    shade = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
  });
  addEventListener("afterprint", () => { document.documentElement.dataset.theme = shade; });

  let opened = [];
  addEventListener("beforeprint", () => {
    // The claims of a chapter stay short: the ledger has what stands behind them.
    const printed = fold => !fold.closest("table.verdicts") || fold.closest("div.ledger");
    opened = all("article details:not([open])").filter(printed);
    opened.forEach(fold => { fold.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(fold => { fold.open = false; }));

  // ---- parts that the first view left out ----------------------------------------------------------------------

  // A screen reader finds only what is laid out: after the first view all is, a part at a time when nothing else is done.
  const layOut = () => {
    const parts = all(".bd-article > section > section, div.ledger, .bd-article dl.py");
    const next = () => {
      const part = parts.shift();
      if (!part) return document.body.classList.add("laid-out");
      part.classList.add("laid-out");
      idle(next);
    };
    setTimeout(() => idle(next), 2000);
  };

  addEventListener("DOMContentLoaded", () => { start(); all("svg.dots").forEach(rove); formulas(); name(); unfold(); });
  addEventListener("load", () => { watch(); layOut(); all(".copybtn").forEach(one => one.setAttribute("aria-label", "Copy this code")); });
})();
