"use strict";
/* A page that is left open stays true: it asks whether there is anything new, and takes over the parts that changed. */
(() => {
  const EVERY = 5000;
  const { versionSource: source } = document.body.dataset;
  let { version } = document.body.dataset;
  const ahead = Number(document.body.dataset.now) * 1000 - Date.now(); // the server's clock, before ours
  const news = document.getElementById("news");

  const lasting = (seconds) => {
    for (const [size, unit] of [[86400, "days"], [3600, "h"], [60, "min"]])
      if (seconds >= 2 * size) return `${Math.round(seconds / size).toLocaleString("en")} ${unit}`;
    return `${Math.round(Math.max(0, seconds))} s`;
  };

  const tick = () => {
    for (const time of document.querySelectorAll("[data-ago] time"))
      time.textContent = `${lasting((Date.now() + ahead - Date.parse(time.dateTime)) / 1000)} ago`;
  };

  const takeOver = (fresh) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
      if (part.querySelector("details[open]")) continue;
      part.replaceChildren(...document.importNode(next, true).childNodes);
    }
  };

  const newest = () => document.querySelector("#changes tbody tr")?.innerText.replace(/\s+/g, " ").trim();

  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(source);
    if (!answer.ok) return;
    const found = (await answer.json()).version;
    if (found === version) return;
    const page = await fetch(location.href);
    if (!page.ok) return;
    const before = newest();
    takeOver(new DOMParser().parseFromString(await page.text(), "text/html"));
    if (found.split("-")[0] !== version.split("-")[0]) document.dispatchEvent(new Event("news"));
    if (newest() !== before) news.textContent = `New: ${newest()}`;
    version = found;
  };

  const round = async () => {
    try {
      await ask();
    } catch { /* the server is away; the page stays as it is */ }
    tick();
    setTimeout(round, EVERY);
  };

  document.addEventListener("visibilitychange", () => document.hidden || ask().catch(() => {}));
  if (source) setTimeout(round, EVERY);
})();
