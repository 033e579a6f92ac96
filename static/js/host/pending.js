// Lists the host's pending actions in order, and shows the server's notices.
"use strict";

(() => {
  const READ_MS = 10000;

  const bar = document.querySelector("[data-waiting]");
  if (!bar) return;
  const said = document.querySelector("[data-waiting-said]");
  const notices = document.querySelector("[data-notices]");
  const rows = bar.querySelector("[data-waiting-list]");

  function say(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  function counted(count) {
    return count === 1 ? "1 action" : `${count} actions`;
  }

  function headline(waiting, old, trouble) {
    if (!waiting.length) return `${counted(old.length)} from earlier. Send now?`;
    const count = counted(waiting.length);
    if (trouble === "network") return `${count} waiting for a connection`;
    if (trouble === "busy") return `${count} waiting: the server is busy`;
    if (trouble === "server") return `${count} waiting: the server has a problem`;
    return `Sending ${count}…`;
  }

  function show({ detail: { entries, trouble } }) {
    const old = entries.filter(({ isOld }) => isOld);
    const waiting = entries.filter(({ isOld }) => !isOld);
    const isNeeded = old.length > 0 || trouble !== null || waiting.some(({ isSlow }) => isSlow);
    const words = isNeeded ? headline(waiting, old, trouble) : "";
    bar.hidden = !isNeeded;
    write(bar.querySelector("[data-waiting-words]"), words);
    write(said, words);
    bar.querySelector("[data-send-now]").hidden = trouble === null || !waiting.length;
    fill(isNeeded ? [...old, ...waiting] : []);
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // Existing rows stay in the page, so that buttons don't move under the finger.
  function fill(entries) {
    const shown = new Map([...rows.children].map((row) => [row.dataset.key, row]));
    const wanted = entries.map((entry) => describe(shown.get(entry.key) ?? newRow(entry), entry));
    for (const row of rows.children) if (!wanted.includes(row)) row.remove();
    wanted.forEach((row, place) => {
      if (rows.children[place] !== row) rows.insertBefore(row, rows.children[place] ?? null);
    });
  }

  function newRow({ key }) {
    const row = bar.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.key = key;
    row.querySelector("[data-send-again]").onclick = () => say("queueup:send-again", key);
    row.querySelector("[data-take-back]").onclick = () => say("queueup:take-back", key);
    return row;
  }

  function describe(row, { label, at, isOld, isSending }) {
    write(row.querySelector("[data-what]"), label);
    write(row.querySelector("[data-since]"), `since ${timeOfDay(at)}`);
    row.querySelector("[data-send-again]").hidden = !isOld;
    const takeBack = row.querySelector("[data-take-back]");
    write(takeBack, isSending ? "Sending…" : isOld ? "Discard" : "Cancel");
    takeBack.disabled = isSending;
    return row;
  }

  function notice({ detail: { text, isRefusal, choice, choose } }) {
    const shown = document.querySelector("[data-notice]").content.firstElementChild.cloneNode(true);
    shown.classList.toggle("notice-refusal", isRefusal);
    shown.querySelector("p").textContent = text;
    shown.querySelector("[data-dismiss]").onclick = () => shown.remove();
    const button = shown.querySelector("[data-choice]");
    button.hidden = !choice;
    button.textContent = choice;
    button.onclick = () => {
      shown.remove();
      choose();
    };
    notices.append(shown);
    setTimeout(() => leave(shown), READ_MS);
  }

  // Keep it while the host is using it.
  function leave(shown) {
    if (!shown.matches(":hover, :focus-within") && !document.hidden) shown.remove();
    else setTimeout(() => leave(shown), READ_MS);
  }

  bar.querySelector("[data-send-now]").addEventListener("click", () => say("queueup:send-now"));
  document.addEventListener("queueup:outbox", show);
  document.addEventListener("queueup:notice", notice);
})();
