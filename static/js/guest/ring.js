// Rings on the guest's open page while the party is called and nobody has touched the page.

const RING_EVERY_MS = 4000;
const BLINK_EVERY_MS = 1000;
// No table is held for longer; a phone left on a bench should not ring all night.
const RING_FOR_MS = 15 * 60 * 1000;
const VIBRATION = [400, 150, 400, 150, 400];

const SEEN = "queueup:seen-call";
const { serviceWorker } = navigator;
let ringing = null;

function call() {
  const fragment = document.querySelector("[data-state]");
  if (!fragment || fragment.dataset.state !== "called") return null;
  // A repeated call rings again, and so does that of another party on this phone.
  const box = document.querySelector("[data-notify]");
  const party = (box && box.dataset.party) || "";
  return `${location.pathname}#${party}#${fragment.dataset.call || ""}`;
}

function look() {
  const now = call();
  if (ringing && ringing.call !== now) stop();
  if (now && !ringing && remembered() !== now) start(now);
}

function usualTitle() {
  const titled = document.querySelector("[data-title]");
  return titled ? titled.dataset.title : document.title;
}

function otherTitle() {
  const titled = document.querySelector("[data-other-title]");
  return titled ? titled.dataset.otherTitle : usualTitle();
}

function start(now) {
  const ring = () => {
    document.dispatchEvent(new CustomEvent("queueup:chime", { detail: "call" }));
    const { userActivation } = navigator;
    if (!userActivation || userActivation.hasBeenActive) vibrate(VIBRATION);
  };
  const blink = () => {
    document.title = document.title === otherTitle() ? usualTitle() : otherTitle();
  };
  ringing = {
    call: now,
    timers: [setInterval(ring, RING_EVERY_MS), setInterval(blink, BLINK_EVERY_MS)],
    end: setTimeout(stop, RING_FOR_MS),
  };
  document.documentElement.dataset.ringing = "";
  if (navigator.setAppBadge) navigator.setAppBadge(1).catch(() => {});
  ring();
  blink();
}

function stop() {
  for (const timer of ringing.timers) clearInterval(timer);
  clearTimeout(ringing.end);
  document.title = usualTitle();
  ringing = null;
  delete document.documentElement.dataset.ringing;
  vibrate(0);
  if (navigator.clearAppBadge) navigator.clearAppBadge().catch(() => {});
}

function vibrate(pattern) {
  if (navigator.vibrate) navigator.vibrate(pattern);
}

async function seen() {
  if (!ringing) return;
  remember(ringing.call);
  stop();
  // A browser that blocks cookies refuses the service worker, too, and has shown no notification.
  const worker = serviceWorker && (await serviceWorker.getRegistration().catch(() => null));
  if (!worker || !worker.getNotifications) return;
  for (const shown of await worker.getNotifications()) {
    if (shown.tag === location.pathname) shown.close();
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(SEEN);
  } catch {
    return null;
  }
}

function remember(seenCall) {
  try {
    sessionStorage.setItem(SEEN, seenCall);
  } catch {
    // Without storage, a reloaded page rings once more.
  }
}

for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, seen);
// A push may arrive before the next poll.
if (serviceWorker) {
  serviceWorker.addEventListener("message", () => {
    document.dispatchEvent(new Event("queueup:look"));
  });
}
new MutationObserver(look).observe(document.body, {
  subtree: true,
  childList: true,
  attributeFilter: ["data-state", "data-call"],
});
look();
