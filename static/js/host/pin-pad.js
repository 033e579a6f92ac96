// A number pad for the PIN; a keyboard works too, and without this script it is all there is.
"use strict";

(() => {
  const form = document.querySelector("[data-pin]");
  const field = form.querySelector("#pin");
  const pad = form.querySelector("[data-pad]");

  pad.hidden = false;
  form.querySelector("[data-without-pad]").hidden = true;
  // The pad is on the page: the one of the system would cover it.
  field.inputMode = "none";

  // Whoever unlocks has just touched it: the lock of its own accord counts from here.
  form.addEventListener("submit", () => {
    try {
      localStorage.setItem("queueup:touched", Date.now());
    } catch {
      // Without a memory nothing locks by itself.
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
