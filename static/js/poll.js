// Polls the snapshot for the page's [data-poll], at the pace that the server sets.
//
// The fragment says in data-poll-after (ms) when to ask next; without it, polling stops.
// The ETag is sent as If-None-Match, so an unchanged line is a 304 and leaves the page as it is.
"use strict";

(() => {
  const JITTER = 0.15;
  const HIDDEN_MS = 60000;
  const SLOWEST_MS = 30000;
  const TIMEOUT_MS = 10000;
  const OVERDUE_MS = 5000;
  const NOT_SENT_FOR_MS = 6000;
  const USED_FOR_MS = 60000;
  const CALLED = 'data-state="called"';
  const UNCHANGED = 304;
  const NO_SUCH_LINE = 404;

  document.addEventListener("htmx:config:request", ({ detail }) => (detail.ctx.fetch = fetchOurs));

  const line = document.querySelector("[data-poll]");
  if (!line) return;
  const stale = document.querySelector("[data-stale]");
  const failed = document.querySelector("[data-failed]");
  const notSent = failed ? failed.textContent : "";
  const updated = document.querySelector("[data-updated]");

  // What is on the screen: its entity tag, and its text if the answer to a request brought it.
  let onScreen = { tag: line.dataset.etag, text: null };
  let failures = 0;
  // The service worker shows a saved copy when there is no network, and writes its time onto it.
  const keptAt = Number(document.documentElement.dataset.asOf || 0);
  let answeredAt = keptAt || Date.now();
  // The same moment by the server's clock, which the other times on the page follow.
  let answeredAtServer = keptAt || Number(document.documentElement.dataset.now) || answeredAt;
  let dueAt = Infinity;
  let timer = 0;
  // Taps sent and answered: a poll that started before a tap must not undo what the tap showed.
  let taps = 0;
  // When a form or a sheet of this page was last used.
  let usedAt = 0;

  // Where htmx doesn't run, or styles can't follow the line's state, a change reloads the page.
  const canSwap = "htmx" in window && CSS.supports("selector(:has(a))");
  const shown = line.querySelector("[data-state]");
  if (!canSwap && shown) document.documentElement.dataset.shown = shown.dataset.state;

  const serverNow = () => answeredAtServer + Date.now() - answeredAt;

  // After data-poll-until (ms, by the server's clock) nothing is expected to change any more.
  function steering() {
    const found = line.querySelector("[data-poll-after]");
    const until = found ? found.dataset.pollUntil : undefined;
    return serverNow() > Number(until || Infinity) ? null : found;
  }

  function pause() {
    const pace = Number(steering().dataset.pollAfter);
    const wait = Math.min(Math.max(SLOWEST_MS, pace), pace * 2 ** failures);
    return (document.hidden ? Math.max(HIDDEN_MS, wait) : wait) * (1 + JITTER * (2 * Math.random() - 1));
  }

  function plan() {
    clearTimeout(timer);
    dueAt = Infinity;
    if (!steering()) return;
    const wait = pause();
    dueAt = Date.now() + wait;
    timer = setTimeout(ask, wait);
  }

  function ask() {
    clearTimeout(timer);
    if (!steering()) return;
    dueAt = Date.now();
    if (canSwap) htmx.trigger(line, "poll");
    else askWithoutSwap();
  }

  async function askWithoutSwap() {
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), TIMEOUT_MS);
    const headers = { "HX-Request": "true", "If-None-Match": `"${onScreen.tag}"` };
    try {
      const wish = { headers, signal: patience.signal };
      const answer = await fetchOurs(line.getAttribute("hx-get"), wish);
      await press.over();
      const isCurrent = answer.status === UNCHANGED || plainTag(answer.headers) === onScreen.tag;
      if (isCurrent) received(answer.headers);
      else if (answer.ok) renew(await answer.text());
      else if (answer.status === NOT_THE_HOST) location.reload();
      else if (leavesGoneLine(answer.status)) return;
      else failures += 1;
    } catch {
      failures += 1;
    }
    clearTimeout(limit);
    plan();
    showAge();
  }

  // A call comes at once; anything else can wait while somebody is typing or a call is announced.
  // Loading a form again that came back with errors would send it again.
  function renew(fragment) {
    failures = 0;
    const isCall = fragment.includes(CALLED) && !line.innerHTML.includes(CALLED);
    const isInUse = Date.now() - usedAt < USED_FOR_MS || document.querySelector(".wrong:not([hidden])");
    const asked = new CustomEvent("queueup:renew", { cancelable: true });
    if (isCall || (!isInUse && document.dispatchEvent(asked))) location.reload();
  }

  // A line that is gone does not come back: a guest's page leads to the page that says so. Board,
  // kiosk and console go on asking, as nobody may be there who could load them again.
  function leavesGoneLine(status) {
    if (status !== NO_SUCH_LINE || !line.dataset.gone) return false;
    location.replace(line.dataset.gone);
    return true;
  }

  function askWhenSeen() {
    if (!document.hidden) ask();
  }

  function sinceAnswer() {
    const seconds = Math.round((Date.now() - answeredAt) / 1000);
    const { justNow, secondsAgo, at } = stale.dataset;
    if (seconds < 2) return justNow;
    return seconds < 60 ? secondsAgo.replace("#", seconds) : at.replace("#", timeOfAnswer());
  }

  function timeOfAnswer() {
    return timeOfDay(answeredAtServer);
  }

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function showAge() {
    const isStale = Boolean(steering()) && (keptAt > 0 || failures > 0 || Date.now() > dueAt + OVERDUE_MS);
    document.documentElement.classList.toggle("is-stale", isStale);
    stale.hidden = !isStale;
    write(stale, isStale ? stale.dataset.asOf.replace("#", timeOfAnswer()) : "");
    write(updated, steering() ? sinceAnswer() : "");
  }

  // The server says why it refused; without a reason, the request never reached it.
  function sayNotSent(why) {
    failed.textContent = why ? decodeURIComponent(why) : notSent;
    failed.hidden = false;
    setTimeout(() => (failed.hidden = true), NOT_SENT_FOR_MS);
  }

  function showTitle() {
    const titled = line.querySelector("[data-title]");
    if (titled) document.title = titled.dataset.title;
  }

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.request.timeout = TIMEOUT_MS;
    // Read now: once an element is swapped away, htmx names the polled one instead.
    ctx.isPoll = ctx.sourceElement === line;
    if (!ctx.isPoll) taps += 1;
    else if (onScreen.tag) ctx.request.headers["If-None-Match"] = `"${onScreen.tag}"`;
    ctx.taps = taps;
    const row = ctx.sourceElement.closest("[data-party]");
    ctx.row = row ? row.id : undefined;
  });

  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (ctx.isPoll && ctx.taps !== taps) event.preventDefault();
  });

  // The tag as the server wrote it: proxies weaken it, or append the name of a compression.
  function plainTag(headers) {
    const found = /^(?:W\/)?"(\w+)/.exec(headers.get("ETag") || "");
    return found ? found[1] : null;
  }

  // Some proxies drop or replace the tag, and then every poll is answered with the whole text.
  function isOnScreen({ tag, text }) {
    return onScreen.text === null ? tag !== null && tag === onScreen.tag : text === onScreen.text;
  }

  function received(headers) {
    failures = 0;
    answeredAt = Date.now();
    const time = Date.parse(headers.get("Date"));
    answeredAtServer = time || answeredAt;
    if (time) document.dispatchEvent(new CustomEvent("queueup:server-time", { detail: time }));
  }

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const { status, headers } = ctx.response;
    if (!ctx.isPoll) taps += 1;
    if (ctx.isPoll && status === NOT_THE_HOST) {
      // The device has lost its cookie: the reloaded page says what to do.
      location.reload();
      return;
    }
    if (ctx.isPoll && leavesGoneLine(status)) return;
    if (status >= 400) {
      if (ctx.isPoll) failures += 1;
      else sayNotSent(headers.get("X-QueueUp-Notice"));
      return;
    }
    received(headers);
    if (status === UNCHANGED || ctx.target !== line) return;
    if (ctx.isPoll && press.isDown()) {
      event.preventDefault();
      press.over().then(ask);
      return;
    }
    const answer = { tag: plainTag(headers), text: ctx.text };
    // Swapping the same in would disturb whoever reads or types, and is announced by screen readers.
    if (ctx.isPoll && isOnScreen(answer)) event.preventDefault();
    onScreen = answer;
  });

  // A host's action is sent by another script, which passes the headers on with the answer.
  document.addEventListener("queueup:acting", () => (taps += 1));
  document.addEventListener("queueup:acted", ({ detail: headers }) => {
    taps += 1;
    if (headers) {
      received(headers);
      onScreen = { tag: plainTag(headers), text: null };
    }
    showAge();
  });

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx) return;
    if (ctx.isPoll) failures += 1;
    else sayNotSent();
  });

  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.isPoll) plan();
    // A refusal means that the line has changed: show its current state.
    else if (ctx.response && ctx.response.status >= 400) ask();
    showAge();
  });

  // A disabled button keeps the focus only until the browser paints it.
  function hasFocus() {
    const focused = document.activeElement;
    return focused !== document.body && !focused.disabled;
  }

  // If the button that was tapped disappears, keep the keyboard focus on its party.
  function keepPlace(row) {
    for (const place of [document.getElementById(row), document.getElementById("counts"), line]) {
      if (hasFocus()) return;
      if (place) place.focus({ preventScroll: true });
    }
  }

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (!ctx.isPoll) keepPlace(ctx.row);
  });

  new MutationObserver(showTitle).observe(line, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-title"],
  });
  document.addEventListener("visibilitychange", askWhenSeen);
  addEventListener("online", askWhenSeen);
  // Another script knows that something changed.
  document.addEventListener("queueup:look", ask);
  addEventListener("pageshow", (event) => event.persisted && ask());
  for (const use of ["input", "change", "click"]) {
    document.addEventListener(use, ({ target }) => {
      if (target.closest("form, [popover], [popovertarget], dialog")) usedAt = Date.now();
    });
  }
  plan();
  showAge();
  setInterval(showAge, 1000);
  // Tells js/old-browsers.js that the line is followed.
  window.queueupFollows = true;
})();
