// Turns this device into the kiosk in the console's place: Back must not lead from a guest to the console.
"use strict";

for (const form of document.querySelectorAll("[data-kiosk-here]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetchOurs(form.action, { method: "POST", body: new URLSearchParams() });
      if (answer.ok) return location.replace(form.dataset.kioskHere);
    } catch {
      // The browser says itself that it can't reach the server.
    }
    form.submit();
  });
}
