// Keeps the host's screen on, and signals what guests do with a chime and a highlight.

const SOUND = "queueup:host-sound";
const OFF = "off";

const bar = document.querySelector("[data-alerts]");
const list = bar && document.querySelector(bar.dataset.alerts);

// Each row's last known answer, and the rows with something new; a party that asks has two.
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
    const { id } = row;
    here.add(id);
    if (seen.get(id) === said(row)) continue;
    // A change that clears an answer, such as an undo, comes from the host.
    const speaks = !seen.has(id) || said(row) !== "";
    seen.set(id, said(row));
    if (!speaks) continue;
    news.add(id);
    isNew = true;
  }
  for (const id of news) if (!here.has(id)) news.delete(id);
  highlight();
  if (isNew) chime();
}

// A swapped row has lost its highlight. Write only what differs, or the observer would never stop.
function highlight() {
  for (const row of rows()) {
    const isNews = news.has(row.id);
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
  // Sound needs a first touch of the page, and the host should know that before the rush starts.
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
    // Refused on a low battery or a hidden page; it is requested again when the page is shown.
    shown.hidden = true;
  }
}

if (list) {
  for (const row of rows()) seen.set(row.id, said(row));
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
