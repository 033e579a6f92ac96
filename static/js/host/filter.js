// Filters the parties by the typed text, the waiting ones also by the chosen size, and lets the large
// button call the next party of that size. It runs in the browser, so it works offline; only parties
// that are done are looked up on the server.
"use strict";

(() => {
  const BANDS = { "1-2": [1, 2], "3-4": [3, 4], "5-6": [5, 6], "7+": [7, Infinity] };
  const TYPING_MS = 300;
  // A shorter number is a ticket's, not part of a phone number.
  const PHONE_DIGITS = 3;

  const find = document.querySelector("[data-find]");
  const typed = document.getElementById("find");
  if (!find) return;
  let band = "";
  let timer = 0;
  let isFilling = false;
  // The rows of parties that are done, and the text that they were looked up for.
  let done = { text: "", html: "" };

  function isInBand(size, wanted) {
    const [low, high] = BANDS[wanted] ?? [0, Infinity];
    return low <= size && size <= high;
  }

  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim().split(/\s+/).join(" ");
  }

  function detailsOf(row) {
    return JSON.parse(row.dataset.details);
  }

  function ticketOf(row) {
    return row.querySelector(".ticket").textContent.replace("#", "").trim();
  }

  function isMeant(row, text) {
    if (!text) return true;
    const { phone = "", notes = "", seating = "" } = detailsOf(row);
    if (/^#\d*$/.test(text)) return ticketOf(row).startsWith(text.slice(1));
    if (/^\d+$/.test(text) && ticketOf(row).startsWith(text)) return true;
    const digits = text.replace(/\D/g, "");
    const isNumber = /^[\d\s()+./-]+$/.test(text) && digits.length >= PHONE_DIGITS;
    if (isNumber && phone.replace(/\D/g, "").includes(digits)) return true;
    const words = [row.querySelector(".who").textContent, notes, seating];
    return plain(words.join(" ")).includes(text);
  }

  // What a guest asks is never hidden, but it may be what the host looks for.
  function isAskMeant(card, text) {
    const [ticket, ...names] = [...card.querySelectorAll("p b, bdi")].map((part) => part.textContent);
    const number = text.replace("#", "");
    if (/^#?\d+$/.test(text) && ticket.trim().startsWith(`#${number}`)) return true;
    return plain(names.join(" ")).includes(text);
  }

  // Write only what differs: other scripts observe these rows.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function hide(element, isToHide) {
    if (element && element.hidden !== isToHide) element.hidden = isToHide;
  }

  function showOnly(rows, isShown) {
    let shown = 0;
    for (const row of rows) {
      hide(row, !isShown(row));
      shown += row.hidden ? 0 : 1;
    }
    return shown;
  }

  function apply() {
    const text = plain(typed.value);
    const waiting = [...document.querySelectorAll(".waiting [data-party]")];
    const called = [...document.querySelectorAll(".called .party")];
    const sizes = new Map(waiting.map((row) => [row, detailsOf(row).size]));
    const inBand = (row) => isInBand(sizes.get(row), band);
    const shown = showOnly(waiting, (row) => inBand(row) && isMeant(row, text));
    const shownCalled = showOnly(called, (row) => isMeant(row, text));
    const asks = [...document.querySelectorAll(".ask-card")].filter((card) => text && isAskMeant(card, text));
    const foundCalled = [...(text ? called : []).filter((row) => !row.hidden), ...asks];
    const isFound = waiting.some((row) => isMeant(row, text)) || foundCalled.length > 0 || mayBeDone(text);
    sayNone("none-found", waiting.length && !shown, isFound && (band ? "of this size" : "waiting"));
    sayNone("none-called", called.length && !shownCalled, isFound && "called");
    sayElsewhere(new Set(foundCalled.map((row) => row.dataset.party)).size);
    aimCallNext(waiting.filter(inBand));
    for (const count of find.querySelectorAll("[data-count-of]")) {
      const { countOf } = count.dataset;
      write(count, String(waiting.filter((row) => isInBand(sizes.get(row), countOf)).length));
    }
    for (const button of find.querySelectorAll("[data-size-band]")) {
      const isPressed = String(button.dataset.sizeBand === band);
      if (button.ariaPressed !== isPressed) button.ariaPressed = isPressed;
    }
    showDone(text);
  }

  // Until the server has been asked, and while there is no network, somebody who is done may match.
  function mayBeDone(text) {
    return text !== "" && (text !== done.text || done.html !== "");
  }

  // "No matches" is true of the whole console; otherwise it says who does not match.
  function sayNone(id, isEmpty, who) {
    const place = document.getElementById(id);
    if (!place) return;
    hide(place, !isEmpty);
    write(place.querySelector("span"), who ? `No one ${who} matches.` : "No matches.");
  }

  // On a phone the called parties are behind a tab.
  function sayElsewhere(shownCalled) {
    const place = document.getElementById("found-called");
    if (!place) return;
    hide(place, shownCalled === 0);
    write(place.querySelector("button"), `Called: ${shownCalled} found`);
  }

  // Without a size this is the party that the server put on the button.
  function aimCallNext(rows) {
    const form = document.querySelector(".bottom-next");
    const button = document.getElementById("call-next");
    if (!form || !button) return;
    const next = rows.find((row) => !row.classList.contains("is-aside"));
    const size = find.querySelector(`[data-size-band="${band}"] span`).textContent;
    const [words, ticket] = form.querySelectorAll("[data-next-words], [data-next-ticket]");
    if (button.disabled === Boolean(next)) button.disabled = !next;
    write(words, next ? "Call next" : band ? `No ${size} to call` : "No one to call");
    write(ticket, next ? `${band ? `${size} ` : ""}#${ticketOf(next)}` : "");
    set(form, "partyId", next?.dataset.party ?? "");
    set(form, "calls", next?.querySelector("[name=calls]").value ?? "");
  }

  function set(form, name, value) {
    const field = form.elements[name];
    if (field.value !== value) field.value = value;
  }

  // A swap of the fragment empties the place of the results.
  async function showDone(text) {
    const place = document.getElementById("found-ended");
    if (!place) return;
    hide(place, !text || text !== done.text || !done.html);
    if (place.hidden || place.dataset.of === text) return;
    place.dataset.of = text;
    const list = place.querySelector("ol");
    isFilling = true;
    await htmx.swap({ text: done.html, sourceElement: list, target: list, swap: "innerMorph" });
    isFilling = false;
  }

  async function lookUpDone() {
    const text = plain(typed.value);
    if (!text) return;
    const address = new URL(find.dataset.ended, location.href);
    address.searchParams.set("find", typed.value.trim());
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!answer.ok || !answer.headers.has("X-QueueUp-Found")) return;
      const html = await answer.text();
      if (text !== plain(typed.value)) return;
      done = { text, html: html.trim() };
    } catch {
      // Offline: the parties on the screen can still be found.
      return;
    }
    delete document.getElementById("found-ended")?.dataset.of;
    apply();
  }

  function changed() {
    apply();
    clearTimeout(timer);
    timer = setTimeout(lookUpDone, TYPING_MS);
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
  typed.addEventListener("input", changed);
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-show-all]")) showAll();
    if (target.closest?.("[data-show-called]")) document.getElementById("tab-called").checked = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === typed) return showAll();
    const isTyping = event.target.closest?.("input, textarea, select, dialog[open]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    document.getElementById("tab-waiting").checked = true;
    typed.focus();
  });
  document.addEventListener("htmx:after:swap", () => {
    if (isFilling) return;
    // Somebody may have been seated, or brought back.
    if (typed.value.trim()) changed();
    else apply();
  });
  apply();
})();
