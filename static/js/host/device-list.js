// Watches a line's devices: shows when the invited one has joined, and leaves if this one is removed.
"use strict";

(() => {
  const ASK_EVERY_MS = 3000;

  const main = document.querySelector("[data-devices]");
  const { devices: address, page } = main.dataset;
  const isInviting = "inviting" in main.dataset;
  let known = null;

  async function ask() {
    const answer = await fetchOurs(address).catch(() => null);
    if (answer?.status === NOT_THE_HOST) {
      // Removed or locked meanwhile: the reloaded page says what to do.
      location.replace(page);
      return;
    }
    if (!answer?.ok) return;
    const { devices = [] } = await answer.json();
    const ids = devices.map(({ id }) => id);
    const hasCome = known !== null && ids.some((id) => !known.includes(id));
    known ??= ids;
    if (hasCome && isInviting) location.replace(`${page}?said=added`);
  }

  async function follow() {
    if (!document.hidden || isInviting) await ask();
    setTimeout(follow, ASK_EVERY_MS);
  }

  follow();
})();
