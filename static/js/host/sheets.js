// Opens and closes the console's sheets, and adds buttons that fill in fields without a keyboard.
"use strict";

(() => {
  // Without scripts, these buttons open a page with the same form.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-sheet]");
    if (!button) return;
    event.preventDefault();
    button.closest("[popover]")?.hidePopover?.();
    const sheet = document.getElementById(button.dataset.sheet);
    sheet.showModal();
    sheet.dispatchEvent(new CustomEvent("queueup:opened"));
  });

  for (const sheet of document.querySelectorAll("dialog.host-sheet")) {
    sheet.addEventListener("click", (event) => {
      // A click outside the sheet targets the dialog itself.
      if (event.target === sheet || event.target.closest("[data-close]")) sheet.close();
    });
  }

  for (const stepper of document.querySelectorAll(".stepper")) {
    stepper.addEventListener("click", ({ target }) => {
      const step = Number(target.closest("[data-step]")?.dataset.step);
      if (!step) return;
      const field = stepper.querySelector("input");
      const next = (Math.round(Number(field.value) / Math.abs(step)) || 0) * Math.abs(step) + step;
      field.value = Math.min(Number(field.max), Math.max(Number(field.min), next));
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  for (const chips of document.querySelectorAll("[data-fills]")) {
    const field = document.getElementById(chips.dataset.fills);
    chips.addEventListener("click", ({ target }) => {
      const chip = target.closest("button");
      if (!chip) return;
      field.value = field.value === chip.textContent ? "" : chip.textContent;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const show = () => {
      for (const chip of chips.children) {
        chip.setAttribute("aria-pressed", String(chip.textContent === field.value));
      }
    };
    field.addEventListener("input", show);
    field.form.addEventListener("reset", () => setTimeout(show));
    field.form.addEventListener("queueup:filled", show);
    show();
  }

  for (const pad of document.querySelectorAll("[data-pad]")) {
    const field = document.getElementById(pad.dataset.pad);
    pad.addEventListener("click", ({ target }) => {
      const key = target.closest("[data-key]")?.dataset.key;
      if (!key) return;
      if (key === "letters") {
        field.inputMode = "text";
        field.focus();
      } else {
        field.value = key === "back" ? field.value.slice(0, -1) : field.value + key;
      }
    });
  }
})();
