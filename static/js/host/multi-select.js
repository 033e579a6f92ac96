// Lets the host pick several waiting parties and call them with one tap.
"use strict";

(() => {
  const button = document.querySelector("[data-select]");
  if (!button) return;

  const boxes = () => [...document.querySelectorAll(".waiting [name=partyIds]")];
  const isOn = () => document.body.classList.contains("selecting");

  function select(isToBe) {
    document.body.classList.toggle("selecting", isToBe);
    button.setAttribute("aria-pressed", String(isToBe));
    if (!isToBe) for (const box of boxes()) box.checked = false;
    count();
  }

  function count() {
    const label = document.querySelector("[data-picked]");
    const call = document.getElementById("call-picked");
    if (!isOn() || !label) return;
    const picked = boxes().filter((box) => box.checked).length;
    const words = picked ? `Call ${picked} ${picked === 1 ? "party" : "parties"}` : "Select parties";
    if (label.textContent !== words) label.textContent = words;
    call.disabled = picked === 0;
  }

  button.addEventListener("click", () => select(!isOn()));
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-select-end]")) select(false);
    // Tapping anywhere in the row toggles its checkbox.
    const row = isOn() && event.target.closest?.(".waiting [data-party]");
    const box = row && row.querySelector("[name=partyIds]");
    if (!box || event.target.closest("label")) return;
    event.preventDefault();
    event.stopPropagation();
    box.checked = !box.checked;
    count();
  }, true);
  document.addEventListener("change", ({ target }) => target.name === "partyIds" && count());
  document.addEventListener("htmx:after:swap", count);
  document.addEventListener("queueup:act", ({ detail }) => {
    if (detail.form === "call-several") select(false);
  });
})();
