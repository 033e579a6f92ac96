// Takes the invitation out of the address, so that no history and no screenshot keeps it.
"use strict";

(() => {
  const letters = decodeURIComponent(location.hash.slice(1));
  if (!letters) return;
  history.replaceState(null, "", location.pathname);
  const part = document.querySelector("[data-invitation]");
  const field = part?.querySelector("input");
  if (!field) return;
  field.value = letters;
  part.hidden = true;
})();
