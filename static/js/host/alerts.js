// Keeps the host's screen on, and chimes and highlights what guests do until the host has seen it.

const SOUND = "queueup:host-sound";
const OFF = "off";

const bar = document.querySelector("[data-alerts]");
const list = bar && document.querySelector(bar.dataset.alerts);

// What is known of each party: what its guest last said; and the parties that are news.
const seen = new Map();
const news = new Set();

function rows() {
  return list.querySelectorAll("[data-party]");
}

function said(row) {
  return row.dataset.said ?? "";
}

function look() {
  let isNew = false;
  const here = new Set();
  for (const row of rows()) {
    const { party } = row.dataset;
    here.add(party);
    if (seen.get(party) === said(row)) continue;
    // A change that takes something back, such as an undo, is the host's own doing.
    const speaks = !seen.has(party) || said(row) !== "";
    seen.set(party, said(row));
    if (!speaks) continue;
    news.add(party);
    isNew = true;
  }
  for (const party of news) if (!here.has(party)) news.delete(party);
  highlight();
  if (isNew) chime();
}

// A row that was swapped in has lost its mark; only what differs is written, or this would not end.
function highlight() {
  for (const row of rows()) {
    const isNews = news.has(row.dataset.party);
    if ("news" in row.dataset !== isNews) row.toggleAttribute("data-news", isNews);
  }
}

function markSeen() {
  news.clear();
  highlight();
}

function chime() {
  if (soundIsOn()) document.dispatchEvent(new CustomEvent("queueup:chime", { detail: "arrival" }));
}

function soundIsOn() {
  try {
    return localStorage.getItem(SOUND) !== OFF;
  } catch {
    return true;
  }
}

function switchSound() {
  try {
    localStorage.setItem(SOUND, soundIsOn() ? OFF : "on");
  } catch {
    // Without storage the sound stays on.
  }
  showSound();
  chime();
}

function showSound() {
  const button = bar.querySelector("[data-sound-switch]");
  const isOn = soundIsOn();
  const isReady = document.documentElement.dataset.sound === "ready";
  button.hidden = !("AudioContext" in window || "webkitAudioContext" in window);
  button.setAttribute("aria-pressed", String(isOn));
  // Sound needs a first touch of the page, and the host should know that before the rush.
  const words = isOn && !isReady ? "tapText" : isOn ? "onText" : "offText";
  button.textContent = button.dataset[words];
}

async function stayAwake() {
  const shown = bar.querySelector("[data-awake]");
  try {
    const lock = await navigator.wakeLock.request("screen");
    shown.hidden = false;
    lock.addEventListener("release", () => {
      shown.hidden = true;
    });
  } catch {
    // A low battery or a hidden page refuses; the next look at the page asks again.
    shown.hidden = true;
  }
}

if (list) {
  for (const row of rows()) seen.set(row.dataset.party, said(row));
  new MutationObserver(look).observe(list, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-party", "data-said", "data-news"],
  });
  list.addEventListener("pointerdown", markSeen);
  list.addEventListener("keydown", markSeen);
  bar.querySelector("[data-sound-switch]").addEventListener("click", switchSound);
  new MutationObserver(showSound).observe(document.documentElement, {
    attributeFilter: ["data-sound"],
  });
  showSound();
  bar.hidden = false;
  if ("wakeLock" in navigator) {
    stayAwake();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) stayAwake();
    });
  }
}
