// Marks the page with the band of the chosen party size, whose wait the line shows: browsers without
// :has() can't see it from the form.
"use strict";

(() => {
  const LARGEST_OF = [
    [2, "1-2"],
    [4, "3-4"],
    [6, "5-6"],
  ];
  const form = document.querySelector(".join-form, .kiosk-form");
  if (!form) return;

  function bandOf(size) {
    const found = LARGEST_OF.find(([largest]) => Number(size) <= largest);
    return found ? found[1] : "7+";
  }

  function mark() {
    const chosen = form.querySelector("[name=size]:checked");
    document.documentElement.dataset.chosen = bandOf(chosen ? chosen.value : 1);
  }

  form.addEventListener("change", mark);
  // The kiosk clears its form for the next guest.
  form.addEventListener("reset", () => setTimeout(mark));
  addEventListener("pageshow", mark);
  mark();
})();
