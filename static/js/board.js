// Announces the board's calls one after another, and protects the screen from burn-in.

const SHIFT_EVERY_MS = 60 * 1000;
const IDLE_AFTER_MS = 5 * 60 * 1000;
const CHIME_MS = 2200;
const BETWEEN_MS = 1200;
// Some browsers never fire the event that speech has ended.
const SPEECH_LIMIT_MS = 15 * 1000;
const NEWS_MS = 20 * 1000;
// In --u, a hundredth of the screen; every fourth step swaps the QR code and the text.
const SHIFTS = [[0, 0], [0.5, 0.3], [0.8, -0.2], [0.3, -0.5], [-0.3, -0.3], [-0.8, 0.1], [-0.5, 0.5]];
const STEPS_A_TURN = 4;
const UNCHANGED = 304;
const ANNOUNCED = `queueup:announced:${location.pathname}`;
const LOADS_WITHIN_MS = 60 * 1000;
// Sound takes a moment to be allowed again.
const SETTLES_MS = 1000;

const page = document.documentElement;
const line = document.querySelector("[data-poll]");
const screen = document.querySelector("[data-shifts]");
const announced = document.querySelector("[data-announced]");
const controls = document.querySelector("[data-controls]");
const soundSwitch = controls.querySelector("[data-sound]");
const speechSwitch = controls.querySelector("[data-speech]");

// The number of calls announced for each ticket on the board, and the announcements to come.
const announcedCalls = new Map();
const due = [];
const news = new Set();
let isAnnouncing = false;
let utterance = null;
let idleTimer = 0;
let steps = 0;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const hasSpeech = "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
const hasSound = "AudioContext" in window || "webkitAudioContext" in window;

function remembered(name) {
  try {
    return localStorage.getItem(`queueup:board-${name}`) === "on";
  } catch {
    return false;
  }
}

function remember(name, isOn) {
  try {
    localStorage.setItem(`queueup:board-${name}`, isOn ? "on" : "off");
  } catch {
    // Without storage, the choice lasts as long as the page.
  }
}

const wants = { sound: remembered("sound"), speech: remembered("speech") };
const soundIsOn = () => wants.sound && page.dataset.sound === "ready";
const speechIsOn = () => hasSpeech && wants.speech && soundIsOn();

function calls() {
  return [...line.querySelectorAll("[data-ticket]")];
}

function isCalled(ticket, count) {
  return calls().some(({ dataset }) => dataset.ticket === ticket && dataset.calls === count);
}

// The newest call is first on the board, and is announced last.
function look() {
  const here = new Set();
  for (const { dataset } of calls().reverse()) {
    const { ticket, calls: count } = dataset;
    here.add(ticket);
    if (announcedCalls.get(ticket) === count) continue;
    announcedCalls.set(ticket, count);
    due.push({ ticket, count, text: announced.dataset.callWords.replace("{ticket}", ticket) });
    news.add(ticket);
    setTimeout(() => {
      news.delete(ticket);
      highlight();
    }, NEWS_MS);
  }
  for (const ticket of announcedCalls.keys()) if (!here.has(ticket)) announcedCalls.delete(ticket);
  highlight();
  wake();
  announceAll();
}

function highlight() {
  for (const call of calls()) call.toggleAttribute("data-news", news.has(call.dataset.ticket));
}

async function announceAll() {
  if (isAnnouncing) return;
  isAnnouncing = true;
  while (due.length > 0) {
    const { ticket, count, text } = due.shift();
    // The party may have come to the host stand meanwhile.
    if (ticket && !isCalled(ticket, count)) continue;
    announced.textContent = text;
    if (soundIsOn()) {
      if (ticket) await chime("call");
      if (speechIsOn()) await speak(text);
    }
    await pause(BETWEEN_MS);
  }
  isAnnouncing = false;
}

async function chime(which) {
  document.dispatchEvent(new CustomEvent("queueup:chime", { detail: which }));
  await pause(CHIME_MS);
}

function speak(text) {
  return new Promise((done) => {
    const limit = setTimeout(() => {
      speechSynthesis.cancel();
      done();
    }, SPEECH_LIMIT_MS);
    // Kept in a variable, or Chromium collects it before its end event fires.
    utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = page.lang;
    utterance.rate = 0.9;
    utterance.onend = utterance.onerror = () => {
      clearTimeout(limit);
      done();
    };
    speechSynthesis.speak(utterance);
  });
}

function show(button, isOn) {
  button.setAttribute("aria-pressed", String(isOn));
  button.textContent = isOn ? button.dataset.onText : button.dataset.offText;
}

function showSwitches() {
  soundSwitch.hidden = !hasSound;
  speechSwitch.hidden = !hasSpeech || !soundIsOn();
  show(soundSwitch, soundIsOn());
  show(speechSwitch, wants.speech);
  // Sound is wanted, but the browser needs another touch first.
  page.toggleAttribute("data-needs-touch", wants.sound && !soundIsOn());
}

function switchSound(isOn) {
  wants.sound = isOn;
  remember("sound", isOn);
  if (isOn) chime("arrival");
  else if (hasSpeech) speechSynthesis.cancel();
  showSwitches();
}

function switchSpeech() {
  wants.speech = !wants.speech;
  remember("speech", wants.speech);
  if (wants.speech) due.push({ text: announced.dataset.testWords });
  else speechSynthesis.cancel();
  showSwitches();
  announceAll();
}

// The touch itself unlocks sound and changes the button's label, so act on the label from before.
function listenToSwitches() {
  let wasOn = null;
  for (const touch of ["pointerdown", "keydown"]) {
    soundSwitch.addEventListener(touch, () => (wasOn = soundIsOn()));
  }
  soundSwitch.addEventListener("click", () => {
    switchSound(!(wasOn === null ? soundIsOn() : wasOn));
    wasOn = null;
  });
  speechSwitch.addEventListener("click", switchSpeech);
  new MutationObserver(showSwitches).observe(page, { attributeFilter: ["data-sound"] });
}

function wake() {
  page.classList.remove("is-idle");
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => page.classList.add("is-idle"), IDLE_AFTER_MS);
}

function shift() {
  steps += 1;
  const [right, down] = SHIFTS[steps % SHIFTS.length];
  screen.style.transform = `translate(calc(${right} * var(--u)), calc(${down} * var(--u)))`;
  page.toggleAttribute("data-turned", Math.floor(steps / STEPS_A_TURN) % 2 === 1);
}

// A board that was just loaded again still announces the calls that made it do so.
function takeUp() {
  const before = recalled();
  const now = calls().map(({ dataset }) => [dataset.ticket, dataset.calls]);
  for (const [ticket, count] of before || now) announcedCalls.set(ticket, count);
  if (before) setTimeout(look, SETTLES_MS);
}

function recalled() {
  try {
    const { at, announced: before } = JSON.parse(sessionStorage.getItem(ANNOUNCED));
    return Date.now() - at < LOADS_WITHIN_MS ? before : null;
  } catch {
    // Nothing was kept, or there is no storage: what is called by now was announced.
    return null;
  }
}

function keep() {
  try {
    const kept = { at: Date.now(), announced: [...announcedCalls] };
    sessionStorage.setItem(ANNOUNCED, JSON.stringify(kept));
  } catch {
    // Without storage, calls that come while the board loads are not announced.
  }
}

takeUp();
addEventListener("pagehide", keep);
controls.hidden = false;
listenToSwitches();
showSwitches();
if (wants.sound) document.dispatchEvent(new Event("queueup:unlock"));
wake();
for (const touch of ["pointermove", "pointerdown", "keydown"]) addEventListener(touch, wake);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.response.status !== UNCHANGED) look();
});
// Wait for a quiet moment before loading a new release.
document.addEventListener("queueup:renew", (event) => {
  if (isAnnouncing || due.length > 0) event.preventDefault();
});
setInterval(shift, SHIFT_EVERY_MS);
