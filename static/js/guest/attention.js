// Draws the guest's attention to what the host does: brings a call to the front, marks new messages,
// and shows or hides what depends on the time.

const SEEN = "queueup:seen-message";
const LOOK_EVERY_MS = 5000;
const ENDED = ["ended", "missed"];
const OPEN = "popover" in HTMLElement.prototype ? ":popover-open" : ".is-open";

const page = document.documentElement;
const line = document.querySelector("[data-poll]");

// How far the server's clock is ahead of this one, ms.
let ahead = Number(page.dataset.now || Date.now()) - Date.now();
let state = null;
let pointedOut = null;

function look() {
  const shown = line.querySelector("[data-state]");
  if (shown) changeTo(`${shown.dataset.state} ${shown.dataset.call || ""}`);
  pointOut(messageShown());
  const now = Date.now() + ahead;
  for (const part of line.querySelectorAll("[data-until], [data-from]")) {
    const { until = Infinity, from = 0 } = part.dataset;
    const isToHide = now > Number(until) || now < Number(from);
    // Write only what differs: screen readers and other scripts observe this part.
    if (part.hidden !== isToHide) part.hidden = isToHide;
  }
}

function messageShown() {
  const shown = line.querySelector("[data-message]");
  return shown ? shown.dataset.message : undefined;
}

function changeTo(now) {
  const before = state;
  state = now;
  if (before === null || before === now) return;
  const [was, is] = [before, now].map((words) => words.split(" ")[0]);
  // The party is back in line: reload for everything that an ended visit leaves out.
  if (ENDED.includes(was) && !ENDED.includes(is)) location.reload();
  if (was !== is) comeToFront();
}

// This matters more than whatever the guest was reading.
function comeToFront() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close("no");
  for (const sheet of document.querySelectorAll("[popover]")) {
    if (sheet.matches(OPEN)) sheet.hidePopover();
  }
  scrollTo({ top: 0 });
}

function pointOut(message) {
  const isNew = Boolean(message) && remembered() !== message;
  page.toggleAttribute("data-unread", isNew);
  if (!isNew || pointedOut === message) return;
  pointedOut = message;
  document.dispatchEvent(new CustomEvent("queueup:chime", { detail: "arrival" }));
}

function read() {
  const message = messageShown();
  if (!message || !page.hasAttribute("data-unread")) return;
  try {
    sessionStorage.setItem(SEEN, message);
  } catch {
    // Without storage, a reloaded page marks it as new again.
  }
  pointedOut = message;
  page.removeAttribute("data-unread");
}

function remembered() {
  try {
    return sessionStorage.getItem(SEEN);
  } catch {
    return pointedOut;
  }
}

// Show at once that a tap was received.
function mark(event) {
  const { ctx } = event.detail;
  const form = ctx && ctx.sourceElement && ctx.sourceElement.closest("form");
  if (form) form.toggleAttribute("data-sending", event.type === "htmx:config:request");
}

document.addEventListener("queueup:server-time", ({ detail }) => (ahead = detail - Date.now()));
document.addEventListener("htmx:config:request", mark);
document.addEventListener("htmx:finally:request", mark);
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, read);
new MutationObserver(look).observe(line, {
  subtree: true,
  childList: true,
  attributeFilter: ["data-state", "data-call", "data-message", "data-until", "data-from"],
});
setInterval(look, LOOK_EVERY_MS);
look();
