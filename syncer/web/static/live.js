"use strict";
/* Keeps an open page up to date: polls the version of its data, and replaces the parts that changed. */
(() => {
  const POLL_INTERVAL = 5000;
  const { versionSource: source } = document.body.dataset;
  if (!source) return; // an earlier moment does not change
  let { version } = document.body.dataset;
  const clockOffset = Number(document.body.dataset.now) * 1000 - Date.now(); // the server's clock minus ours
  const announcement = document.getElementById("announcement");
  const offline = document.getElementById("offline");
  let latest = null; // the page as it was last fetched
  let failures = 0;

  const duration = (seconds) => {
    for (const [size, unit] of [[86400, "days"], [3600, "h"], [60, "min"]])
      if (seconds >= 2 * size) return `${Math.round(seconds / size).toLocaleString("en")} ${unit}`;
    return `${Math.round(Math.max(0, seconds))} s`;
  };

  const updateAges = () => {
    for (const time of document.querySelectorAll("[data-ago] time"))
      time.textContent = `${duration((Date.now() + clockOffset - Date.parse(time.dateTime)) / 1000)} ago`;
  };

  /* Leaves a part alone while it has the focus or an open detail; replaces it as soon as it has not. */
  const replaceParts = () => {
    for (const part of latest ? document.querySelectorAll("[data-live]") : []) {
      const next = latest.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
      if (part.querySelector("details[open]")) continue;
      part.replaceChildren(...document.importNode(next, true).childNodes);
    }
  };

  const newestChange = () => document.querySelector("#changes tbody tr")?.innerText.replace(/\s+/g, " ").trim();

  const update = async () => {
    if (document.hidden) return;
    // Not the bare path: a page opened as https://me:password@host/ keeps these, and fetch() refuses them.
    const answer = await fetch(new URL(source, location.href));
    if (!answer.ok) throw new Error(answer.status);
    const current = (await answer.json()).version;
    if (current === version) return;
    const page = await fetch(location.href);
    if (!page.ok) throw new Error(page.status);
    const before = newestChange();
    latest = new DOMParser().parseFromString(await page.text(), "text/html");
    replaceParts();
    if (current.split("-")[0] !== version.split("-")[0]) document.dispatchEvent(new Event("newdata"));
    if (newestChange() !== before) announcement.textContent = `New: ${newestChange()}`;
    version = current;
  };

  const poll = async () => {
    try {
      await update();
      failures = 0;
    } catch {
      failures += 1; // a single failure may be a restart; after two the page says that it may be out of date
    }
    offline.hidden = failures < 2;
    updateAges();
    setTimeout(poll, POLL_INTERVAL);
  };

  /* The strip of twelve months: each day leads to its page. By keyboard, the calendar does. */
  document.addEventListener("click", ({ target }) => {
    const day = target.closest?.("[data-days] [data-day]");
    if (day) location.href = day.closest("[data-days]").dataset.days.replace("DAY", day.dataset.day);
  });
  document.addEventListener("focusout", () => setTimeout(replaceParts));
  document.addEventListener("toggle", replaceParts, true);
  document.addEventListener("visibilitychange", () => document.hidden || update().catch(() => {}));
  if (source) setTimeout(poll, POLL_INTERVAL);
})();
