// What the screens of the room share: they stay awake, fill the screen, and go on for weeks.

const STILL_AFTER_MS = 6000;
const WATCH_EVERY_MS = 60 * 1000;
const SILENT_FOR_MS = 5 * 60 * 1000;

const page = document.documentElement;
const line = document.querySelector("[data-poll]");
const release = shown()?.dataset.release;

let heardAt = Date.now();
let lock = null;
let stillTimer = 0;

function shown() {
  return line?.querySelector("[data-screen]");
}

// What the fragment says of itself decides how the page around it looks.
function follow() {
  const { mode, joining } = shown()?.dataset ?? {};
  if (mode) page.dataset.mode = mode;
  if (joining) page.dataset.joining = joining;
}

async function stayAwake() {
  if (!("wakeLock" in navigator) || document.hidden || lock?.released === false) return;
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    // Refused for now, perhaps for a low battery; the next look asks again.
  }
}

function moved() {
  page.classList.remove("is-still");
  clearTimeout(stillTimer);
  stillTimer = setTimeout(rest, STILL_AFTER_MS);
}

function rest() {
  // What was tapped last must not keep the focus, and with it the controls, on the screen.
  if (document.activeElement?.closest("[data-controls]")) document.activeElement.blur();
  page.classList.add("is-still");
}

async function watch() {
  stayAwake();
  const isSilent = Date.now() - heardAt > SILENT_FOR_MS;
  const isOld = shown() && shown().dataset.release !== release;
  if (!isSilent && !isOld) return;
  // Others may have something on the screen that must not go away now.
  const asked = new CustomEvent("queueup:renew", { cancelable: true });
  if (document.dispatchEvent(asked)) await renew();
}

// Only when the page can be had: what a browser shows in its place would stay for ever.
async function renew() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // Still out of reach; the poller says so, and the next look tries again.
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
      // The browser does not let this page; everything else works without.
    }
  });
}

document.addEventListener("htmx:after:swap", follow);
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status < 400) heardAt = Date.now();
});
document.addEventListener("visibilitychange", stayAwake);
for (const touch of ["pointermove", "pointerdown", "keydown", "focusin"]) {
  addEventListener(touch, moved, { passive: true });
}
offerFullScreen();
follow();
moved();
stayAwake();
setInterval(watch, WATCH_EVERY_MS);
