"use strict";
/* A page that is left open stays true: it asks whether there is anything new, and takes over the parts that changed. */
(() => {
  const EVERY = 5000;
  const { versionSource: source } = document.body.dataset;
  let { version } = document.body.dataset;
  const ahead = Number(document.body.dataset.now) * 1000 - Date.now(); // the server's clock, before ours
  const news = document.getElementById("news");
  const away = document.getElementById("away");
  let latest = null; // the page as it was last fetched
  let failed = 0;

  const lasting = (seconds) => {
    for (const [size, unit] of [[86400, "days"], [3600, "h"], [60, "min"]])
      if (seconds >= 2 * size) return `${Math.round(seconds / size).toLocaleString("en")} ${unit}`;
    return `${Math.round(Math.max(0, seconds))} s`;
  };

  const tick = () => {
    for (const time of document.querySelectorAll("[data-ago] time"))
      time.textContent = `${lasting((Date.now() + ahead - Date.parse(time.dateTime)) / 1000)} ago`;
  };

  /* A part that is in use is left alone; it is taken over as soon as it is not. */
  const takeOver = () => {
    for (const part of latest ? document.querySelectorAll("[data-live]") : []) {
      const next = latest.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
      if (part.querySelector("details[open]")) continue;
      part.replaceChildren(...document.importNode(next, true).childNodes);
    }
  };

  const newest = () => document.querySelector("#changes tbody tr")?.innerText.replace(/\s+/g, " ").trim();

  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(source);
    if (!answer.ok) throw new Error(answer.status);
    const found = (await answer.json()).version;
    if (found === version) return;
    const page = await fetch(location.href);
    if (!page.ok) throw new Error(page.status);
    const before = newest();
    latest = new DOMParser().parseFromString(await page.text(), "text/html");
    takeOver();
    if (found.split("-")[0] !== version.split("-")[0]) document.dispatchEvent(new Event("news"));
    if (newest() !== before) news.textContent = `New: ${newest()}`;
    version = found;
  };

  const round = async () => {
    try {
      await ask();
      failed = 0;
    } catch {
      failed += 1; // the page stays as it is, and says so: one failure may be a restart
    }
    away.hidden = failed < 2;
    tick();
    setTimeout(round, EVERY);
  };

  document.addEventListener("focusout", () => setTimeout(takeOver));
  document.addEventListener("toggle", takeOver, true);
  document.addEventListener("visibilitychange", () => document.hidden || ask().catch(() => {}));
  if (source) setTimeout(round, EVERY);
})();
