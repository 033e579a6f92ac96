// Locks this device after a time without a touch on any of its pages.
"use strict";

(() => {
  const AFTER = "queueup:lock-after";
  const TOUCHED = "queueup:touched";
  const LOOK_EVERY_MS = 5000;
  const NOTE_EVERY_MS = 2000;
  const MINUTE_MS = 60000;

  const { lock } = document.currentScript.dataset;
  let notedAt = 0;
  let isLocking = false;

  function read(key) {
    try {
      return Number(localStorage.getItem(key));
    } catch {
      return 0;
    }
  }

  function write(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Without storage, the device can only be locked by hand.
    }
  }

  function touch() {
    const now = Date.now();
    if (now - notedAt < NOTE_EVERY_MS) return;
    notedAt = now;
    write(TOUCHED, now);
  }

  async function look() {
    const after = read(AFTER) * MINUTE_MS;
    if (!after || isLocking || Date.now() - read(TOUCHED) < after) return;
    isLocking = true;
    const answer = await fetchOurs(lock, { method: "POST" }).catch(() => null);
    isLocking = false;
    // The reloaded page shows the lock, whichever page of this device caused it.
    if (answer) location.reload();
  }

  function offerChoice(part) {
    const select = part.querySelector("select");
    const said = part.querySelector("[data-lock-said]");
    part.hidden = false;
    select.value = String(read(AFTER));
    select.addEventListener("change", () => {
      touch();
      write(AFTER, select.value);
      said.textContent = "Saved on this device.";
    });
  }

  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, touch, { passive: true, capture: true });
  // Loading is not a touch: a tablet that slept for an hour reloads its page on its own.
  if (!read(TOUCHED)) touch();
  look();
  document.querySelectorAll("[data-lock-choice]").forEach(offerChoice);
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY_MS);
})();
