// Accessibility checks. Runs in a page and returns a list of its mistakes.
() => {
  const mistakes = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isVisible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const describe = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") ?? ""}"> ${e.textContent.trim().slice(0, 30)}`;
  const textOf = (e) => (e.getAttribute("aria-label") || e.textContent || "").trim();
  const check = (found, why) => found.forEach((e) => mistakes.push(`${why}: ${describe(e)}`));

  if (!document.documentElement.lang) mistakes.push("no lang attribute");
  if (!document.title) mistakes.push("no title");
  if (all("h1").length !== 1) mistakes.push(`${all("h1").length} h1`);
  if (all("main").length !== 1) mistakes.push(`${all("main").length} main`);
  const levels = all("h1, h2, h3, h4").map((e) => Number(e.tagName[1]));
  if (levels.some((level, n) => level > (levels[n - 1] ?? 0) + 1)) mistakes.push(`skipped heading level: ${levels}`);
  const ids = all("[id]").map((e) => e.id);
  if (new Set(ids).size !== ids.length) mistakes.push("duplicate id");
  check(all("img:not([alt])"), "no alt");
  check(all("a[href]").filter((e) => !textOf(e) && !e.querySelector("img[alt], svg[aria-label]")), "link without text");
  check(all("button").filter((e) => !textOf(e)), "button without text");
  const tables = all("table").filter((e) => !e.closest("[role=img]"));
  check(tables.filter((e) => !e.caption?.textContent.trim()), "no caption");
  check(tables.filter((e) => e.rows.length && !e.querySelector("th")), "no header cells");
  check(all("canvas").filter((e) => !e.closest("[role=img][aria-label], figure, [aria-labelledby], [aria-hidden=true]")), "canvas without a name");
  const fields = all("input:not([type=hidden]), select, textarea");
  check(fields.filter((e) => !e.labels.length && !e.getAttribute("aria-label")), "no label");

  if (document.documentElement.scrollWidth > innerWidth) {
    const scrolls = (e) => e && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    const wide = all("body *").filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement));
    mistakes.push(`page scrolls sideways: ${wide.map(describe).slice(0, 3)}`);
  }

  const cutOff = all("table").map((e) => e.parentElement).filter((e) => isVisible(e) && getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1);
  check(cutOff, "table is cut off");

  // Contrast ratio of WCAG 2. A canvas converts a colour of any notation into numbers.
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (e) => {
    const colours = [];
    for (let at = e; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return ["Canvas", ...colours];
  };
  const holdsText = (e) => e.offsetWidth > 1 && [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
  for (const e of all("body *").filter((e) => holdsText(e) && isVisible(e) && !e.closest("svg, noscript, script, style"))) {
    const style = getComputedStyle(e), behind = background(e);
    const [a, b] = [luminance(paint(behind)), luminance(paint([...behind, style.color]))];
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) mistakes.push(`contrast ${ratio.toFixed(2)}: ${describe(e)}`);
  }
  return mistakes;
}
