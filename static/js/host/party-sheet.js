// Opens the sheet with all actions on one party. The row carries all the data it needs, so the sheet
// opens offline, and its actions wait in the outbox like any other.
"use strict";

(() => {
  const sheet = document.getElementById("party-sheet");
  const handOver = document.getElementById("hand-over-sheet");
  const title = document.getElementById("party-sheet-title");
  if (!sheet?.showModal) return;

  const QUOTE_STEP = 5;
  let party = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#line [data-more], #line [data-handle]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-party]");
    if (row) open(row, button.matches("[data-handle]") ? "place" : "menu");
  });

  document.addEventListener("queueup:move", ({ detail: { row, before } }) => {
    open(row, "menu");
    choosePlace(before);
  });

  function read(row) {
    return {
      ...JSON.parse(row.dataset.details),
      id: row.dataset.party,
      ticket: textOf(row, ".ticket"),
      calls: row.querySelector("[name=calls]").value,
      isCalled: row.classList.contains("party-called"),
    };
  }

  function textOf(row, part) {
    return row.querySelector(part).textContent.trim();
  }

  function open(row, panel) {
    party = read(row);
    fill();
    show("menu");
    sheet.showModal();
    if (panel === "place") sheet.querySelector("[data-place=up]").focus();
  }

  function fill() {
    title.textContent = [party.ticket, party.name].filter(Boolean).join(" ");
    for (const field of sheet.querySelectorAll("[name=partyId]")) field.value = party.id;
    for (const field of sheet.querySelectorAll("[name=calls]")) field.value = party.calls;
    for (const part of sheet.querySelectorAll("[data-for]")) {
      const fits = (part.dataset.for === "called") === party.isCalled;
      const isAside = Boolean(party.aside);
      part.hidden =
        !fits || (part.dataset.only && !isAside) || (part.dataset.unless && isAside) || false;
    }
    // Left over from the previous party.
    for (const held of sheet.querySelectorAll("[data-held]")) {
      held.removeAttribute("data-held");
      held.removeAttribute("aria-disabled");
    }
    fillKnown();
    fillEdit();
    fillTables();
    const minutes = party.promised ? (party.promised - Date.now()) / 60000 : 0;
    document.getElementById("quote-minutes").value =
      Math.max(QUOTE_STEP, Math.round(minutes / QUOTE_STEP) * QUOTE_STEP);
    for (const field of sheet.querySelectorAll("#table, #own-text")) field.value = "";
  }

  function fillKnown() {
    const known = sheet.querySelector("[data-known]");
    const words = [`party of ${party.size}`, party.seating, party.notes].filter(Boolean).join(" · ");
    known.textContent = words;
    known.hidden = !words;
    const phone = sheet.querySelector("[data-phone]");
    phone.parentElement.hidden = !party.phone;
    phone.href = `tel:${(party.phone ?? "").replaceAll(" ", "")}`;
    phone.querySelector("span").textContent = party.phone ?? "";
  }

  function fillEdit() {
    const form = document.getElementById("edit-party");
    const size = String(party.size);
    const usual = form.querySelector(`[name=size][value="${size}"]`);
    (usual ?? form.querySelector("[name=size][value=more]")).checked = true;
    form.elements.exactSize.value = size;
    for (const name of ["name", "phone", "seating", "notes"]) {
      form.elements[name].value = party[name] ?? "";
    }
    for (const box of form.querySelectorAll("[name=flags]")) {
      box.checked = (party.flags ?? []).includes(box.value);
    }
    form.dispatchEvent(new Event("queueup:filled"));
  }

  function fillTables() {
    const tables = JSON.parse(document.getElementById("counts")?.dataset.tables ?? "[]");
    // Never offer one that is still occupied.
    const free = tables.filter(({ freeAt }) => freeAt <= Date.now());
    sheet.querySelector("[data-tables]").replaceChildren(
      ...free.map(({ table }) => {
        const chip = document.createElement("button");
        Object.assign(chip, { className: "chip", name: "table", value: table, textContent: table });
        chip.translate = false;
        chip.dataset.doing = "Seating…";
        return chip;
      }),
    );
  }

  function show(name) {
    for (const panel of sheet.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
    }
    sheet.scrollTop = 0;
  }

  function go(name) {
    show(name);
    const place = name === "menu" ? title : sheet.querySelector(`[data-panel=${name}] .panel-title`);
    place.focus();
  }

  function choosePlace(before) {
    document.querySelector("#move-party [name=before]").value = before;
    const next = before && document.getElementById(`p-${before}`);
    const name = next && `${textOf(next, ".ticket")} ${textOf(next, ".who")}`;
    sheet.querySelector("[data-where]").textContent = name ? `Ahead of ${name}` : "To the end of the line";
    go("move");
  }

  // The party that this one goes ahead of; "" is the end of the line.
  function beforeAt(place) {
    const ids = [...document.querySelectorAll(".waiting [data-party]")].map((r) => r.dataset.party);
    const at = ids.indexOf(party.id);
    const others = ids.filter((id) => id !== party.id);
    const wanted = { first: 0, up: Math.max(0, at - 1), down: at + 1, last: others.length }[place];
    return others[wanted] ?? "";
  }

  sheet.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.go) go(button.dataset.go);
    if (button?.dataset.place) choosePlace(beforeAt(button.dataset.place));
    if (button?.hasAttribute("data-hand-over")) {
      sheet.close();
      showHandOver(party);
    }
  });

  // Pending actions are listed under this label.
  sheet.addEventListener("submit", ({ target, submitter }) => {
    const panel = target.closest("[data-panel]").querySelector(".panel-title")?.textContent.trim();
    const words = [panel?.replace(/^Back/, "").replace(/\?$/, ""), submitter?.textContent.trim()];
    const said = [target.querySelector(".act-title")?.textContent, ...words].filter(Boolean);
    target.dataset.label = `${title.textContent}: ${said.join(" – ")}`;
  });

  function showHandOver({ id, ticket }) {
    document.getElementById("hand-over-sheet-title").textContent = `Ticket ${ticket}`;
    handOver.querySelector("[data-ticket]").textContent = ticket;
    const picture = handOver.querySelector("[data-qr]");
    picture.src = picture.dataset.qr.replace("PARTY", encodeURIComponent(id));
    for (const button of handOver.querySelectorAll("[data-copy-place]")) button.value = id;
    handOver.showModal();
  }

  document.addEventListener("queueup:hand-over", ({ detail }) => showHandOver(detail));
})();
