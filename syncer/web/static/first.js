"use strict";
/* The page before the first run: shows a failed run when there is one, and the player once one is stored.
   A timed refresh by the browser would throw a screen reader back to the top each time. */
(() => {
  const POLL_INTERVAL = 5000;

  const update = async () => {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (next.body.dataset.version) return location.reload();
    const [shown, wanted] = [document, next].map((page) => page.getElementById("run"));
    if (shown.innerHTML !== wanted.innerHTML)
      shown.replaceChildren(...document.importNode(wanted, true).childNodes);
  };

  const poll = async () => {
    if (!document.hidden) await update().catch(() => {}); // the server may be restarting
    setTimeout(poll, POLL_INTERVAL);
  };

  setTimeout(poll, POLL_INTERVAL);
})();
