// Keeps the host's actions until the server has answered them, and sends them in order, one by one.
//
// They are kept on this device for each line, so that a reload loses nothing. Each has a key that
// stays the same however often it is sent: the server does it once.
"use strict";

(() => {
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
  const TIMEOUT_MS = 10000;
  const LONGEST_REST_MS = 60000;
  const ASK_AFTER_MS = 30 * 60 * 1000;
  const FORGET_AFTER_MS = 24 * 3600 * 1000;
  const SLOW_MS = 1000;
  const BUSY = [425, 429];
  const UNREACHABLE = [408, 502, 503, 504];
  const ALL = "queueup:outbox:";

  const shelf = document.querySelector("[data-outbox]");
  if (!shelf) return;
  const own = `${ALL}${shelf.dataset.outbox}:`;

  // Without storage, the actions live as long as the page.
  const unkept = new Map();
  let sending = null;
  let isBusy = false;
  let failures = 0;
  let restMs = 0;
  let trouble = null;
  let timer = 0;

  function list() {
    const found = stored(own).map(([, entry]) => entry);
    return [...found, ...unkept.values()].sort((one, other) => one.order - other.order);
  }

  function stored(prefix) {
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
      return names.flatMap((name) => {
        const text = localStorage.getItem(name);
        return text ? [[name, JSON.parse(text)]] : [];
      });
    } catch {
      return [];
    }
  }

  // Each action has its own storage key: two tabs never overwrite each other's.
  function keep(entry) {
    try {
      localStorage.setItem(own + entry.key, JSON.stringify(entry));
    } catch {
      unkept.set(entry.key, entry);
    }
  }

  function forget(key) {
    unkept.delete(key);
    try {
      localStorage.removeItem(own + key);
    } catch {
      // Nothing was stored.
    }
  }

  // Not randomUUID, which is missing over plain HTTP on a local network.
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function add(entry) {
    const now = Date.now();
    const order = Math.max(now, (list().at(-1)?.order ?? 0) + 1);
    keep({ key: newKey(), tries: 0, ...entry, at: now, order, until: 0 });
    publish();
    setTimeout(publish, SLOW_MS);
    send();
  }

  function isOld(entry) {
    return Date.now() - entry.at > ASK_AFTER_MS && entry.key !== sending;
  }

  function due() {
    return list().filter((entry) => !isOld(entry));
  }

  function publish() {
    const now = Date.now();
    const entries = list().map((entry) => ({
      ...entry,
      isOld: isOld(entry),
      isSending: entry.key === sending || entry.until > now,
      isSlow: now - entry.at >= SLOW_MS,
    }));
    say("queueup:outbox", { entries, trouble: entries.length ? trouble : null });
  }

  function say(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async function send() {
    if (isBusy) return;
    isBusy = true;
    clearTimeout(timer);
    let outcome = "wait";
    try {
      do outcome = await inTurn(sendFirst);
      while (outcome === "next");
    } finally {
      isBusy = false;
      publish();
      if (outcome === "wait") timer = setTimeout(send, pause());
      else if (outcome === "empty" && due().length) send();
    }
  }

  // A busy server says when to retry.
  function pause() {
    return Math.max(restMs, RETRY_MS[Math.min(Math.max(failures, 1), RETRY_MS.length) - 1]);
  }

  function restAfter(answer) {
    const seconds = Number(answer?.response.headers.get("Retry-After")) || 0;
    return Math.min(seconds * 1000, LONGEST_REST_MS);
  }

  // One tab of this device sends at a time; without locks, the idempotency keys prevent duplicates.
  function inTurn(work) {
    return navigator.locks ? navigator.locks.request(own, work) : work();
  }

  async function sendFirst() {
    const first = due()[0];
    if (!first) return "empty";
    const entry = { ...first, tries: first.tries + 1, until: Date.now() + TIMEOUT_MS };
    sending = entry.key;
    keep(entry);
    publish();
    say("queueup:acting");
    const answer = await post(entry);
    sending = null;
    trouble = troubleWith(answer);
    restMs = trouble ? restAfter(answer) : 0;
    if (trouble) {
      failures += 1;
      // The host may have canceled it in another tab meanwhile.
      if (list().some(({ key }) => key === entry.key)) keep({ ...entry, until: 0 });
      say("queueup:acted", null);
      return "wait";
    }
    failures = 0;
    forget(entry.key);
    publish();
    say("queueup:answered", { entry, ...answer });
    // The page is about to be replaced.
    return answer.status === NOT_THE_HOST || answer.response.redirected ? "away" : "next";
  }

  function troubleWith(answer) {
    if (answer === null || UNREACHABLE.includes(answer.status)) return "network";
    if (BUSY.includes(answer.status)) return "busy";
    return answer.status >= 500 ? "server" : null;
  }

  async function post({ url, fields, key }) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = await fetchOurs(url, {
        method: "POST",
        body: new URLSearchParams([...fields, ["key", key]]),
        headers: { "HX-Request": "true" },
        credentials: "same-origin",
        signal: stop.signal,
      });
      return { response, status: response.status, text: await response.text() };
    } catch {
      return null;
    } finally {
      clearTimeout(limit);
    }
  }

  function takeBack(key) {
    const entry = list().find((one) => one.key === key);
    if (!entry || sending === key) return;
    forget(key);
    if (!due().length) [trouble, failures] = [null, 0];
    publish();
    if (entry.tries === 0) return;
    const text = `${entry.label}: canceled. If it already arrived, the list will show it.`;
    say("queueup:notice", { text, isRefusal: false });
  }

  function sendAgain(key) {
    const entry = list().find((one) => one.key === key);
    if (entry) add(entry);
  }

  function start() {
    for (const [name, { at }] of stored(ALL)) {
      if (Date.now() - at > FORGET_AFTER_MS) localStorage.removeItem(name);
    }
    publish();
    send();
  }

  document.addEventListener("queueup:act", (event) => add(event.detail));
  document.addEventListener("queueup:send-now", send);
  document.addEventListener("queueup:take-back", (event) => takeBack(event.detail));
  document.addEventListener("queueup:send-again", (event) => sendAgain(event.detail));
  document.addEventListener("visibilitychange", () => document.hidden || send());
  addEventListener("online", send);
  addEventListener("pageshow", (event) => event.persisted && send());
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== null && !key.startsWith(own)) return;
    publish();
    // Another tab has received the answer.
    if (newValue === null) say("queueup:look");
  });
  start();
})();
