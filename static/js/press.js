// Knows when a finger or a mouse button is down. A tap counts only if it begins and ends on the same
// element, so what moves the page waits until the finger has lifted.
"use strict";

const press = (() => {
  // A finger that only rests on the screen holds nothing up for longer.
  const LONGEST_MS = 4000;
  // On a touch screen, the click follows a moment after the lift.
  const CLICK_MS = 100;

  let end = null;
  let over = Promise.resolve();
  let timer = 0;

  function begin() {
    if (!end) over = new Promise((resolve) => (end = resolve));
    clearTimeout(timer);
    timer = setTimeout(finish, LONGEST_MS);
  }

  function lift() {
    if (!end) return;
    clearTimeout(timer);
    timer = setTimeout(finish, CLICK_MS);
  }

  function finish() {
    clearTimeout(timer);
    if (end) end();
    end = null;
  }

  addEventListener("pointerdown", begin, true);
  addEventListener("pointerup", lift, true);
  // The page is scrolled instead.
  addEventListener("pointercancel", finish, true);
  addEventListener("click", () => setTimeout(finish), true);

  return { isDown: () => end !== null, over: () => over };
})();
