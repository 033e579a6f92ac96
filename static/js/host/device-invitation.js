// Takes the invitation out of the address, so that no history and no screenshot keeps it.
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
  // Another link, opened in the page that stands there already.
  addEventListener("hashchange", take);
})();
