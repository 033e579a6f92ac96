// Opens and closes the sheets in browsers that have no popovers, such as those of iOS 16.
"use strict";

(() => {
  if ("popover" in HTMLElement.prototype) return;

  // Where an Enter too many does nothing.
  const FIRST = "[popovertargetaction=hide]";

  let open = null;
  let opener = null;

  // By id: a poll may have put another element in its place.
  const sheet = () => open && document.getElementById(open);

  function show(wanted, button = null) {
    hide();
    open = wanted.id;
    opener = button;
    mark();
    const first = wanted.querySelector(FIRST);
    if (first) first.focus({ preventScroll: true });
  }

  function hide() {
    const closed = sheet();
    if (!closed) return;
    const hadFocus = closed.contains(document.activeElement);
    const back = opener;
    open = opener = null;
    closed.classList.remove("is-open");
    if (!back) return;
    back.removeAttribute("aria-expanded");
    if (hadFocus) back.focus({ preventScroll: true });
  }

  // A changed line comes from the server with everything closed.
  function mark() {
    const shown = sheet();
    if (!shown) return;
    shown.classList.add("is-open");
    if (opener) opener.setAttribute("aria-expanded", "true");
  }

  function press(button) {
    const wanted = document.getElementById(button.getAttribute("popovertarget"));
    const isToHide = button.getAttribute("popovertargetaction") === "hide";
    if (!wanted || isToHide || wanted === sheet()) hide();
    else show(wanted, button);
  }

  HTMLElement.prototype.showPopover = function () {
    show(this);
  };
  HTMLElement.prototype.hidePopover = function () {
    if (this === sheet()) hide();
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[popovertarget]");
    if (button) press(button);
    else if (sheet() && !sheet().contains(target)) hide();
  });
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
  document.addEventListener("htmx:after:swap", mark);
  // Elsewhere styles leave out the buttons of what can't be opened at the moment.
  if (!CSS.supports("selector(:has(a))")) {
    for (const button of document.querySelectorAll("[popovertarget]")) {
      button.hidden = !document.getElementById(button.getAttribute("popovertarget"));
    }
  }
})();
