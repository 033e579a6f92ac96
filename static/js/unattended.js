// Keeps unattended screens (board, kiosk) awake, in full screen, and running for weeks.

const STILL_AFTER_MS = 6000;
const WATCH_EVERY_MS = 60 * 1000;
const SILENT_FOR_MS = 5 * 60 * 1000;

const page = document.documentElement;
const line = document.querySelector("[data-poll]");
const { release } = dataOfShown();

let answeredAt = Date.now();
let lock = null;
let stillTimer = 0;

function shown() {
  return line && line.querySelector("[data-screen]");
}

function dataOfShown() {
  const screen = shown();
  return screen ? screen.dataset : {};
}

// The fragment's attributes decide how the page around it looks.
function follow() {
  const { mode, joining } = dataOfShown();
  if (mode) page.dataset.mode = mode;
  if (joining) page.dataset.joining = joining;
}

async function stayAwake() {
  const isLocked = lock !== null && lock.released === false;
  if (!("wakeLock" in navigator) || document.hidden || isLocked) return;
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    // Refused for now, perhaps because of a low battery; the next check tries again.
  }
}

function moved() {
  page.classList.remove("is-still");
  clearTimeout(stillTimer);
  stillTimer = setTimeout(rest, STILL_AFTER_MS);
}

function rest() {
  // The last tapped button must not keep the focus, which keeps the controls visible.
  const focused = document.activeElement;
  if (focused && focused.closest("[data-controls]")) focused.blur();
  page.classList.add("is-still");
}

async function watch() {
  stayAwake();
  const isSilent = Date.now() - answeredAt > SILENT_FOR_MS;
  const isOld = shown() && shown().dataset.release !== release;
  if (!isSilent && !isOld) return;
  // Another script may be showing something that must stay for now.
  const asked = new CustomEvent("queueup:renew", { cancelable: true });
  if (document.dispatchEvent(asked)) await renew();
}

// Reload only if the page can be fetched: a browser's error page would stay forever.
async function renew() {
  try {
    const answer = await fetchOurs(location.href, { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // Still unreachable; poll.js shows that, and the next check tries again.
  }
}

function offerFullScreen() {
  const button = document.querySelector("[data-fullscreen]");
  if (!button || !document.fullscreenEnabled) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await page.requestFullscreen({ navigationUI: "hide" });
    } catch {
      // The browser refuses full screen; everything else works without it.
    }
  });
}

document.addEventListener("htmx:after:swap", follow);
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status < 400) answeredAt = Date.now();
});
// Browsers without htmx are answered too.
document.addEventListener("queueup:server-time", () => (answeredAt = Date.now()));
document.addEventListener("visibilitychange", stayAwake);
for (const touch of ["pointermove", "pointerdown", "keydown", "focusin"]) {
  addEventListener(touch, moved, { passive: true });
}
offerFullScreen();
follow();
moved();
stayAwake();
setInterval(watch, WATCH_EVERY_MS);
