// Ignores the second half of a double tap, asks before what can't be undone, and closes sheets.
"use strict";

(() => {
  const DOUBLE_TAP_MS = 350;
  const DOUBLE_TAP_PX = 24;

  const NO_TAP = { at: -DOUBLE_TAP_MS, x: 0, y: 0 };
  let last = NO_TAP;
  let confirmed = null;

  const buttonAt = ({ target }) => target.closest && target.closest("button");
  const isSend = (button) =>
    Boolean(button) && button.type === "submit" && button.form && button.form.method === "post";

  // The line moves up under the finger: a second tap would hit the next party.
  document.addEventListener(
    "click",
    (event) => {
      if (event.detail === 0) return;
      // Two taps with another one in between are not a double tap.
      if (!isSend(buttonAt(event))) {
        last = NO_TAP;
        return;
      }
      const tap = { at: event.timeStamp, x: event.clientX, y: event.clientY };
      const isNear = Math.hypot(tap.x - last.x, tap.y - last.y) < DOUBLE_TAP_PX;
      const isDouble = event.detail > 1 || (isNear && tap.at - last.at < DOUBLE_TAP_MS);
      last = tap;
      if (!isDouble) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  // A key that is held down submits once.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat && isSend(buttonAt(event))) event.preventDefault();
    },
    true,
  );

  document.addEventListener(
    "submit",
    (event) => {
      const button = event.submitter;
      if (!button) return;
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      const sheet = button.closest("[popover]");
      if (sheet && sheet.hidePopover) sheet.hidePopover();
      if (!button.dataset.ask || button === confirmed) return;
      const dialog = document.getElementById("ask");
      if (!dialog || !dialog.showModal) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(dialog, button);
    },
    true,
  );

  function ask(dialog, button) {
    const { ask: question, askDetail, askYes } = button.dataset;
    dialog.querySelector("#ask-question").textContent = question;
    dialog.querySelector("#ask-detail").textContent = askDetail;
    dialog.querySelector("#ask-yes").textContent = askYes;
    dialog.returnValue = "no";
    dialog.onclose = () => {
      // While the dialog was open, the button may have left the page.
      if (dialog.returnValue === "yes" && button.isConnected) send(button);
    };
    dialog.showModal();
  }

  function send(button) {
    const sure = document.createElement("input");
    sure.type = "hidden";
    sure.name = "sure";
    sure.value = "1";
    button.form.append(sure);
    confirmed = button;
    button.form.requestSubmit(button);
    confirmed = null;
    sure.remove();
  }
})();
