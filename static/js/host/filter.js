// Filters the waiting parties by the typed text and the chosen size, and counts the parties of each
// size. It runs in the browser, so it works offline.
"use strict";

(() => {
  const BANDS = { "1-2": [1, 2], "3-4": [3, 4], "5-6": [5, 6], "7+": [7, Infinity] };

  const find = document.querySelector("[data-find]");
  const typed = document.getElementById("find");
  if (!find) return;
  let band = "";

  function sizeOf(row) {
    return JSON.parse(row.dataset.details).size;
  }

  function isInBand(size, wanted) {
    const [low, high] = BANDS[wanted] ?? [0, Infinity];
    return low <= size && size <= high;
  }

  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
  }

  function isMeant(row, text) {
    if (!text) return true;
    const ticket = row.querySelector(".ticket").textContent.replace("#", "").trim();
    if (/^#?\d+$/.test(text)) return ticket.startsWith(text.replace("#", ""));
    return plain(row.querySelector(".who").textContent).includes(text);
  }

  // Write only what differs: other scripts observe these rows.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function apply() {
    const rows = [...document.querySelectorAll(".waiting [data-party]")];
    const text = plain(typed.value);
    let shown = 0;
    for (const row of rows) {
      const isShown = isInBand(sizeOf(row), band) && isMeant(row, text);
      if (row.hidden === isShown) row.hidden = !isShown;
      shown += isShown ? 1 : 0;
    }
    const none = document.getElementById("none-found");
    const isFound = shown > 0 || rows.length === 0;
    if (none && none.hidden !== isFound) none.hidden = isFound;
    for (const count of find.querySelectorAll("[data-count-of]")) {
      const { countOf } = count.dataset;
      write(count, String(rows.filter((row) => isInBand(sizeOf(row), countOf)).length));
    }
    for (const button of find.querySelectorAll("[data-size-band]")) {
      const isPressed = String(button.dataset.sizeBand === band);
      if (button.ariaPressed !== isPressed) button.ariaPressed = isPressed;
    }
  }

  function showAll() {
    typed.value = "";
    band = "";
    apply();
  }

  find.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-size-band]");
    if (!button) return;
    band = button.dataset.sizeBand;
    apply();
  });
  typed.addEventListener("input", apply);
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-show-all]")) showAll();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === typed) return showAll();
    const isTyping = event.target.closest?.("input, textarea, select, dialog[open]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    document.getElementById("tab-waiting").checked = true;
    typed.focus();
  });
  document.addEventListener("htmx:after:swap", apply);
  apply();
})();
