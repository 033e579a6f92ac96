// A number pad for the PIN; a keyboard works too, and is the only way without this script.
"use strict";

(() => {
  const form = document.querySelector("[data-pin]");
  const field = form.querySelector("#pin");
  const pad = form.querySelector("[data-pad]");

  pad.hidden = false;
  form.querySelector("[data-without-pad]").hidden = true;
  // The system's own number pad would cover ours.
  field.inputMode = "none";

  // Unlocking counts as a touch: auto-lock starts from here.
  form.addEventListener("submit", () => {
    try {
      localStorage.setItem("queueup:touched", Date.now());
    } catch {
      // Without storage there is no auto-lock.
    }
  });

  pad.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.digit) {
      if (field.value.length < field.maxLength) field.value += button.dataset.digit;
    } else if ("erase" in button.dataset) field.value = field.value.slice(0, -1);
  });
})();
