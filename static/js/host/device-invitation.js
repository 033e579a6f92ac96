// Removes the invitation from the address, so that history and screenshots don't keep it.
"use strict";

(() => {
  const part = document.querySelector("[data-invitation]");
  const field = part?.querySelector("input");

  function take() {
    const letters = decodeURIComponent(location.hash.slice(1));
    if (!letters) return;
    history.replaceState(null, "", location.pathname);
    if (!field) return;
    field.value = letters;
    part.hidden = true;
  }

  take();
  // Another link, opened in this same tab.
  addEventListener("hashchange", take);
})();
