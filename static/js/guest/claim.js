// Asks whether the host has answered the claim, and then shows the page that says how.
"use strict";

(function () {
  const ASK_EVERY_MS = 4000;
  const address = document.querySelector("[data-claim]").dataset.claim;

  function look() {
    if (document.hidden) return;
    fetchOurs(address, { cache: "no-store", credentials: "same-origin" })
      .then(function (response) {
        return response.ok ? response.text() : "";
      })
      .then(function (state) {
        if (state === "answered") location.reload();
      })
      .catch(function () {
        // The network is away: the next time will do.
      });
  }

  setInterval(look, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
})();
