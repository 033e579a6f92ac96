// Turns the host's forms into actions: the row shows at once what is happening, and a double tap
// counts once. js/host/outbox.js sends the actions.
"use strict";

(() => {
  const PARTY_FIELDS = ["party", "partyId", "partyIds"];
  const BAD_INPUT = 422;
  // What the host can still choose to do, by the name of the refusal.
  const ANYWAY = { TableTaken: "Seat anyway" };

  let entries = [];

  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (event.defaultPrevented || !form.matches("form[data-action]")) return;
    event.preventDefault();
    if (isHeld(form, button)) return;
    const entry = read(form, button);
    putAway(form);
    act(entry);
  });

  document.addEventListener("queueup:outbox", (event) => {
    entries = event.detail.entries.filter(({ isOld }) => !isOld);
    mark();
  });

  // Rows from the server don't show what is still pending here.
  document.addEventListener("htmx:after:swap", mark);

  document.addEventListener("queueup:refused", ({ detail }) => {
    const { entry, status, refusal, sentence } = detail;
    const form = entry.form && document.getElementById(entry.form);
    const place = form?.querySelector("[data-refused]");
    const choice = ANYWAY[refusal];
    if (choice) return notice(sentence, { choice, choose: () => insist(entry) });
    // Don't pull back a host who has moved on to something else.
    if (!place || entry.tries > 1 || status !== BAD_INPUT) return notice(sentence);
    fillIn(form, entry.fields);
    form.closest("dialog")?.showModal();
    form.closest("[popover]")?.showPopover?.();
    place.hidden = false;
    place.textContent = sentence;
  });

  function notice(text, more) {
    const detail = { text, isRefusal: true, ...more };
    document.dispatchEvent(new CustomEvent("queueup:notice", { detail }));
  }

  // A new action with a new key: the first was refused for good.
  function insist({ url, fields, rows, row, form, label, doing }) {
    act({ url, fields: [...fields, ["sure", "1"]], rows, row, form, label, doing });
  }

  function act(entry) {
    document.dispatchEvent(new CustomEvent("queueup:act", { detail: entry }));
  }

  function read(form, button) {
    const row = form.closest("[data-party]");
    const text = button?.textContent.trim() ?? "";
    const whole = [nameOf(row), text].filter(Boolean).join(": ");
    const said = button?.getAttribute("aria-label") ?? whole;
    const rows = rowsOf(form);
    return {
      url: addressOf(form, button),
      fields: fieldsOf(form, button),
      rows,
      row: row?.id ?? (rows.length === 1 ? `p-${rows[0]}` : null),
      form: form.id || null,
      label: button?.dataset.label ?? form.dataset.label ?? said,
      doing: button?.dataset.doing ?? `${text}…`,
    };
  }

  function addressOf(form, button) {
    return button?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.pathname;
  }

  // Older browsers ignore the second argument of FormData, and the button says what to do.
  function fieldsOf(form, button) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "key");
    if (button?.name) fields.push([button.name, button.value]);
    return fields;
  }

  function rowsOf(form) {
    if (form.dataset.rows !== undefined) return form.dataset.rows.split(/\s+/).filter(Boolean);
    const row = form.closest("[data-party]");
    if (row) return [row.dataset.party];
    const named = [...new FormData(form)].filter(([name]) => PARTY_FIELDS.includes(name));
    return named.map(([, value]) => value);
  }

  function nameOf(row) {
    const parts = [...(row?.querySelectorAll(".ticket, .who") ?? [])];
    return parts.map((part) => part.textContent.trim()).join(" ");
  }

  function isHeld(form, button) {
    const rows = rowsOf(form);
    if (rows.length) return rows.every((id) => entries.some((entry) => entry.rows.includes(id)));
    if (form.hasAttribute("data-repeat")) return false;
    const [url, fields] = [addressOf(form, button), fieldsOf(form, button)];
    return entries.some((entry) => entry.url === url && isSame(entry.fields, fields));
  }

  function isSame(some, others) {
    return JSON.stringify(some) === JSON.stringify(others);
  }

  function mark() {
    const words = new Map(entries.flatMap(({ rows, doing }) => rows.map((id) => [id, doing])));
    for (const row of document.querySelectorAll("[data-party]")) {
      write(row, "data-pending", words.get(row.dataset.party));
    }
    for (const form of document.querySelectorAll("form[data-action]")) {
      for (const button of form.elements) {
        if (button.type === "submit") hold(button, entries.length > 0 && isHeld(form, button));
      }
    }
  }

  // Not `disabled`, which would drop the keyboard focus.
  function hold(button, isToBe) {
    if (!isToBe && !("held" in button.dataset)) return;
    write(button, "data-held", isToBe ? "" : undefined);
    write(button, "aria-disabled", isToBe ? "true" : undefined);
  }

  // Write only what differs: other scripts observe these rows.
  function write(element, name, value) {
    if (value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function putAway(form) {
    form.closest("dialog")?.close();
    form.closest("[popover]")?.hidePopover?.();
    const place = form.querySelector("[data-refused]");
    if (place) place.hidden = true;
    if (form.hasAttribute("data-reset")) form.reset();
  }

  function fillIn(form, fields) {
    for (const field of form.elements) {
      if (["submit", "button", "hidden"].includes(field.type) || !field.name) continue;
      const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
  }
})();
