// Keeps relative times on the page current, so that fragments don't depend on a clock.
"use strict";

(() => {
  const TICK_MS = 1000;
  const MINUTE_MS = 60000;
  // A smaller difference is network delay, not a wrong clock.
  const TOLERATED_MS = 5000;
  const AGO = "# ago";

  let ahead = 0;

  function setClock(serverMs) {
    const difference = serverMs - Date.now();
    ahead = Math.abs(difference) > TOLERATED_MS ? difference : 0;
  }

  function minutesAndSeconds(ms) {
    const seconds = Math.floor(ms / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  function hoursAndMinutes(ms) {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 60) return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
  }

  const SAY = {
    since: (at, now) => hoursAndMinutes(Math.max(0, now - at)),
    // Only the server decides when a hold is over; until then, the countdown stops at zero.
    left: (at, now) => minutesAndSeconds(Math.max(0, at - now + 999)),
    over: (at, now) => minutesAndSeconds(Math.max(0, now - at)),
    clock: (at) => timeOfDay(at),
    // Opening hours are times of the line's clock by themselves.
    hour: (at) => new Date(at).toLocaleTimeString([], { timeStyle: "short", timeZone: "UTC" }),
    // When a called party said that it would be here.
    arrival: (at, now) =>
      now <= at
        ? `here by ${timeOfDay(at)} · ${minutesAndSeconds(at - now + 999)}`
        : `expected ${timeOfDay(at)} · ${minutesAndSeconds(now - at)} late`,
    // A quoted wait counts down to its end, then up.
    promise: (at, now) =>
      now <= at
        ? `${hoursAndMinutes(at - now + 59999)} left`
        : now < at + MINUTE_MS
          ? "due now"
          : `${hoursAndMinutes(now - at)} late`,
  };

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function mark(element, name, isOn) {
    if (element.hasAttribute(name) !== isOn) element.toggleAttribute(name, isOn);
  }

  function said({ count, words = "#" }, at, now) {
    if (words === AGO && now - at < 60000) return "just now";
    return words.replace("#", SAY[count](at, now));
  }

  function tick() {
    const now = Date.now() + ahead;
    for (const time of document.querySelectorAll("time[data-count]")) {
      const at = Date.parse(time.dateTime);
      write(time, said(time.dataset, at, now));
      if (time.dataset.count === "promise") mark(time, "data-over", now >= at + MINUTE_MS);
      if (time.dataset.count === "arrival") mark(time.parentElement, "data-over", now > at);
    }
    for (const part of document.querySelectorAll("[data-shown-until]")) {
      const isOver = now > Number(part.dataset.shownUntil);
      if (part.hidden !== isOver) part.hidden = isOver;
    }
    write(document.querySelector("[data-wall]"), timeOfDay(now));
  }

  document.documentElement.classList.add("counting");
  setClock(Number(document.documentElement.dataset.now));
  tick();
  setInterval(tick, TICK_MS);
  document.addEventListener("htmx:after:swap", tick);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("queueup:server-time", (event) => setClock(event.detail));
})();
