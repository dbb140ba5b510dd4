// What a page must be for everybody: run in it, answers with a list of what is wrong.
() => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const named = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") ?? ""}"> ${e.textContent.trim().slice(0, 30)}`;
  const words = (e) => (e.getAttribute("aria-label") || e.textContent || "").trim();
  const check = (found, why) => found.forEach((e) => wrong.push(`${why}: ${named(e)}`));

  if (!document.documentElement.lang) wrong.push("the page says no language");
  if (!document.title) wrong.push("the page has no title");
  if (all("h1").length !== 1) wrong.push(`${all("h1").length} h1`);
  if (all("main").length !== 1) wrong.push(`${all("main").length} main`);
  const levels = all("h1, h2, h3, h4").map((e) => Number(e.tagName[1]));
  if (levels.some((level, n) => level > (levels[n - 1] ?? 0) + 1)) wrong.push(`headings leap: ${levels}`);
  const ids = all("[id]").map((e) => e.id);
  if (new Set(ids).size !== ids.length) wrong.push("an id stands twice");
  check(all("img:not([alt])"), "no alt");
  check(all("a[href]").filter((e) => !words(e) && !e.querySelector("img[alt], svg[aria-label]")), "a link without words");
  check(all("button").filter((e) => !words(e)), "a button without words");
  const tables = all("table").filter((e) => !e.closest("[role=img]"));
  check(tables.filter((e) => !e.caption?.textContent.trim()), "no caption");
  check(tables.filter((e) => e.rows.length && !e.querySelector("th")), "no heads");
  check(all("canvas").filter((e) => !e.closest("[role=img][aria-label], figure, [aria-labelledby], [aria-hidden=true]")), "an unnamed picture");
  const fields = all("input:not([type=hidden]), select, textarea");
  check(fields.filter((e) => !e.labels.length && !e.getAttribute("aria-label")), "no label");

  if (document.documentElement.scrollWidth > innerWidth) {
    const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    const wide = all("body *").filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement));
    wrong.push(`it scrolls sideways: ${wide.map(named).slice(0, 3)}`);
  }

  const cut = all("table").map((e) => e.parentElement).filter((e) => shown(e) && getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1);
  check(cut, "a table is cut off");

  // Contrast, as WCAG 2 reckons it. A canvas paints any colour as numbers, whatever its notation.
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    const colours = [];
    for (let at = e; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return ["Canvas", ...colours];
  };
  const holdsText = (e) => e.offsetWidth > 1 && [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
  for (const e of all("body *").filter((e) => holdsText(e) && shown(e) && !e.closest("svg, noscript, script, style"))) {
    const style = getComputedStyle(e), behind = ground(e);
    const [a, b] = [light(paint(behind)), light(paint([...behind, style.color]))];
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${named(e)}`);
  }
  return wrong;
}
