// Suggests a quote for the chosen party size, and offers the new party's ticket.
"use strict";

(() => {
  const SHOWN_MS = 20000;
  const COPIED_MS = 2500;
  const BANDS = [[2, "1-2"], [4, "3-4"], [6, "5-6"], [Infinity, "7+"]];

  const form = document.getElementById("add-party");
  const toast = document.querySelector("[data-added]");
  if (!form || !toast) return;

  const quote = form.elements.quotedMinutes;
  let isOwn = false;
  let added = null;
  let timer = 0;

  function propose() {
    const chosen = new FormData(form).get("size");
    const size = Number(chosen === "more" ? form.elements.exactSize.value : chosen);
    if (isOwn || !size) return;
    const waits = JSON.parse(document.getElementById("counts")?.dataset.waits ?? "{}");
    const [, band] = BANDS.find(([most]) => size <= most);
    if (waits[band]) quote.value = waits[band];
  }

  form.addEventListener("input", ({ target }) => {
    if (target === quote) isOwn = quote.value !== "";
    else if (["size", "exactSize"].includes(target.name)) propose();
  });
  form.addEventListener("reset", () => (isOwn = false));
  // The line may have changed since the sheet was closed.
  form.closest("dialog").addEventListener("queueup:opened", propose);
  form.addEventListener("submit", () => {
    const name = form.elements.name.value.trim();
    const size = new FormData(form).get("size");
    const people = size === "more" ? form.elements.exactSize.value : size;
    form.dataset.label = `Add ${name || "a party"}, ${people}`;
  });

  document.addEventListener("queueup:answered", ({ detail: { response } }) => {
    added = response.headers.get("X-QueueUp-Added") ?? added;
  });

  document.addEventListener("htmx:after:swap", () => {
    const row = added && document.getElementById(`p-${added}`);
    if (!row) return;
    const ticket = row.querySelector(".ticket").textContent.trim();
    toast.querySelector("[data-words]").textContent = `${ticket} added`;
    for (const button of toast.querySelectorAll("button")) button.value = added;
    toast.dataset.ticket = ticket;
    toast.hidden = false;
    // Once the style knows how high the toast is (js/host/bar-heights.js).
    const { id } = row;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.getElementById(id)?.scrollIntoView({ block: "nearest" });
    }));
    clearTimeout(timer);
    timer = setTimeout(leave, SHOWN_MS);
    added = null;
  });

  // Keep it while the host is using it.
  function leave() {
    if (!toast.matches(":focus-within")) toast.hidden = true;
    else timer = setTimeout(leave, SHOWN_MS);
  }

  toast.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.hasAttribute("data-dismiss")) toast.hidden = true;
    if (!button?.hasAttribute("data-hand-over")) return;
    toast.hidden = true;
    const detail = { id: button.value, ticket: toast.dataset.ticket };
    document.dispatchEvent(new CustomEvent("queueup:hand-over", { detail }));
  });

  for (const button of document.querySelectorAll("[data-copy-place]")) {
    // Browsers allow copying only on secure pages.
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copyPlace + button.value);
      const label = button.querySelector("span");
      label.textContent = "Copied";
      setTimeout(() => (label.textContent = "Copy link"), COPIED_MS);
    });
  }
})();
