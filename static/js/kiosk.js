// Shows a party's ticket for a while, then resets the kiosk for the next guest.

const SHOWN_S = 30;
const TICK_MS = 1000;
// A guest started typing and walked away.
const LEFT_ALONE_MS = 60 * 1000;
const KEY_BYTES = 12;
const TICKET = "queueup:kiosk-ticket";

const page = document.documentElement;
const main = document.querySelector("[data-kiosk]");
const place = main.querySelector("[data-ticket-place]");
const start = main.querySelector("[data-start]");
const form = start && start.querySelector("form");
const refused = start && start.querySelector("[data-refused]");

let left = 0;
let ticking = 0;
let leftAlone = 0;

// Each guest gets a new key; only a repeated tap by the same guest reuses it.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clean() {
  clearTimeout(leftAlone);
  form.reset();
  // The values the server put into the form were the previous guest's.
  for (const field of form.querySelectorAll("input:not([type=radio], [type=hidden])")) field.value = "";
  for (const field of form.querySelectorAll("input[type=radio]")) field.checked = false;
  form.elements.key.value = newKey();
  refuse("");
}

function refuse(sentence) {
  refused.textContent = sentence;
  refused.hidden = sentence === "";
}

function showTicket(seconds = SHOWN_S) {
  const title = place.querySelector("#ticket-title");
  if (!title) return;
  page.dataset.kiosk = "ticket";
  if (start) start.hidden = true;
  place.querySelector("[data-more-time]").hidden = false;
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
  countFrom(seconds);
}

// A reload must not take the ticket from a guest who has not read it yet.
function keep() {
  const ticket = { html: place.innerHTML, until: Date.now() + left * TICK_MS };
  try {
    sessionStorage.setItem(TICKET, JSON.stringify(ticket));
  } catch {
    // Without storage, a reload clears the screen.
  }
}

function drop() {
  try {
    sessionStorage.removeItem(TICKET);
  } catch {
    // Nothing was stored.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(TICKET));
  } catch {
    return null;
  }
}

async function showAgain() {
  const ticket = kept();
  const seconds = ticket ? Math.ceil((ticket.until - Date.now()) / TICK_MS) : 0;
  if (seconds <= 0 || !window.htmx) return drop();
  await htmx.swap({ text: ticket.html, sourceElement: place, target: place, swap: "innerHTML" });
  showTicket(seconds);
}

function countFrom(seconds) {
  clearInterval(ticking);
  left = seconds;
  ticking = setInterval(tick, TICK_MS);
  keep();
  sayLeft();
}

function tick() {
  left -= 1;
  if (left > 0) sayLeft();
  else forget();
}

function sayLeft() {
  const clears = place.querySelector("[data-clears]");
  if (clears) clears.textContent = clears.dataset.clears.replace("{seconds}", left);
}

// Clear everything of the last party: ticket, name, key, language and browser history.
function forget() {
  clearInterval(ticking);
  drop();
  place.textContent = "";
  delete page.dataset.kiosk;
  const isAsBefore = start && location.pathname + location.search === main.dataset.kiosk;
  // A bot check is valid for one party only, and its widget loads with the page.
  if (!isAsBefore || "checked" in main.dataset) {
    location.replace(main.dataset.kiosk);
    return;
  }
  clean();
  start.hidden = false;
  if (document.activeElement) document.activeElement.blur();
  scrollTo(0, 0);
}

function touched() {
  if (!form || start.hidden) return;
  clearTimeout(leftAlone);
  leftAlone = setTimeout(forget, LEFT_ALONE_MS);
}

function noticeOf(response) {
  try {
    return decodeURIComponent((response && response.headers.get("X-QueueUp-Notice")) || "");
  } catch {
    return "";
  }
}

function isJoin({ ctx }) {
  return Boolean(ctx) && ctx.sourceElement === form;
}

if (form) {
  form.elements.key.value = newKey();
  const join = form.querySelector("[data-join]");

  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (!isJoin(detail)) return;
    refuse("");
    join.disabled = true;
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    if (!isJoin(detail)) return;
    const { response } = detail.ctx;
    if (response.status >= 400) refuse(noticeOf(response) || refused.dataset.away);
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    if (isJoin(detail)) refuse(refused.dataset.away);
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    if (isJoin(detail)) join.disabled = false;
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (isJoin(detail)) showTicket();
  });
  for (const touch of ["input", "pointerdown", "keydown"]) addEventListener(touch, touched);
}

place.addEventListener("click", (event) => {
  if (event.target.closest("[data-more-time]")) countFrom(SHOWN_S);
  if (!event.target.closest("[data-done]")) return;
  event.preventDefault();
  forget();
});
// Choosing a language replaces this page, so that Back never shows another guest's page.
main.ownerDocument.addEventListener("click", (event) => {
  const link = event.target.closest("[data-stay]");
  if (!link) return;
  event.preventDefault();
  location.replace(link.href);
});
// A page in the back/forward cache must not keep a guest's ticket.
addEventListener("pagehide", () => (place.textContent = ""));
addEventListener("pageshow", (event) => event.persisted && forget());
document.addEventListener("queueup:renew", (event) => {
  const isRefused = !refused || !refused.hidden;
  if (page.dataset.kiosk === "ticket" || isRefused || isTyped()) event.preventDefault();
});

function isTyped() {
  if (!form) return false;
  return Boolean(new FormData(form).get("name") || form.querySelector(":checked"));
}

// Back stays on this page: before it may lie the console, from which the host opened the kiosk.
function stay() {
  history.pushState({ isKiosk: true }, "");
}
if (!history.state || !history.state.isKiosk) stay();
addEventListener("popstate", stay);

showTicket();
if (!page.dataset.kiosk) showAgain();
