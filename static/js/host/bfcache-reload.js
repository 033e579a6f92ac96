// Asks again for a host's page that Back brings from memory: this device may be locked by now.
"use strict";

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
