// Shows the whole of a large field that gets the focus: Chromium scrolls no further than to the
// first line of text, and leaves the rest behind the bar at the bottom.
"use strict";

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea")) target.scrollIntoView({ block: "nearest" });
});
