// Reloads a page whose own scripts don't run, as a page without scripts is reloaded, and says where
// a browser is too old. In the oldest syntax there is, so that every browser can read it.
(function () {
  "use strict";

  var LOOK_EVERY_MS = 5000;
  var RELOAD_EVERY_MS = 15000;
  var LEFT_ALONE_MS = 60000;
  // On the first element of every page of ours.
  var OURS = "data-now=";

  var shownAt = 0;
  var typedAt = 0;

  function now() {
    return new Date().getTime();
  }

  function supports(condition) {
    return Boolean(window.CSS && CSS.supports && CSS.supports(condition));
  }

  // What the console can't do without.
  function isTooOld() {
    return (
      !supports("selector(:has(a))") ||
      !supports("(height: 1dvh)") ||
      !("requestSubmit" in HTMLFormElement.prototype)
    );
  }

  function sayTooOld() {
    var words = document.querySelector("[data-too-old]");
    if (!words || !isTooOld()) return;
    words.removeAttribute("hidden");
  }

  function isFollowed() {
    // js/poll.js follows the line, or there is nothing left to follow.
    return window.queueupFollows || !document.querySelector("[data-poll] [data-poll-after]");
  }

  // Loading a form again that came back with errors would send it again.
  function isInUse() {
    return now() - typedAt < LEFT_ALONE_MS || document.querySelector(".wrong:not([hidden])");
  }

  // An error page of the browser's own, or a network's login page, would stay for ever: ask first
  // whether there is a page of ours.
  function reload() {
    var request = new XMLHttpRequest();
    request.onload = function () {
      if (request.status < 500 && request.responseText.indexOf(OURS) >= 0) location.reload();
    };
    request.open("GET", location.href);
    request.send();
  }

  function look() {
    if (isFollowed() || document.hidden || isInUse()) return;
    if (now() - shownAt < RELOAD_EVERY_MS) return;
    shownAt = now();
    reload();
  }

  function noteTyping() {
    typedAt = now();
  }

  sayTooOld();
  document.addEventListener("input", noteTyping);
  document.addEventListener("change", noteTyping);
  // Over a slow network, the other scripts may take long to come.
  window.addEventListener("load", function () {
    shownAt = now();
    setInterval(look, LOOK_EVERY_MS);
  });
})();
