// Reloads a host page that Back restores from memory, because the device may be locked by now.
"use strict";

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
