"use strict";
/* Search while a person types: suggestions for a field, and lists that are filtered. Without it, forms do the same. */
(() => {
  const WAIT = 200; // milliseconds without a key
  const announcement = document.getElementById("announcement");

  /* Calls `run` with a signal once nothing was typed for a moment; a newer call aborts the former one. */
  const debounced = (run) => {
    let timer, controller;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        controller?.abort();
        controller = new AbortController();
        try { await run(controller.signal); } catch { /* aborted, or the server does not answer: typing on tries again */ }
      }, WAIT);
    };
  };

  for (const field of document.querySelectorAll("[data-suggest]")) {
    const suggest = async (signal) => {
      const url = new URL(field.dataset.suggest, location.href);
      url.searchParams.set("q", field.value.trim());
      const answer = await fetch(url, { signal });
      if (!answer.ok) return;
      const { games = [], players = [] } = await answer.json();
      field.list.replaceChildren(...players.map((name) => {
        const option = document.createElement("option");
        option.value = name;
        return option;
      }), ...games.map(({ game_id: id, title, console_name: console }) => {
        const option = document.createElement("option");
        option.value = title ?? String(id);
        option.label = [title ?? `Game ${id}`, console].filter(Boolean).join(", ");
        return option;
      }));
    };
    field.addEventListener("input", debounced(suggest));
  }

  for (const form of document.querySelectorAll("form[data-filters]")) {
    const show = async (signal) => {
      const url = new URL(form.action);
      for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
      const answer = await fetch(url, { signal });
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of form.dataset.filters.split(" ")) {
        const part = document.getElementById(id), found = next.getElementById(id);
        if (part && found) part.replaceChildren(...document.importNode(found, true).childNodes);
      }
      history.replaceState(null, "", url);
      announcement.textContent = document.getElementById(form.dataset.filters.split(" ")[0]).querySelector("caption, .empty")?.textContent ?? "";
    };
    form.addEventListener("input", debounced(show));
  }
})();
