// Subscribes this browser to notifications, and shows how the guest will be notified.

const ENDED = 404;
const GONE = [404, 410];
const FIRST_IOS_WITH_PUSH = 16.4;
const WORKER_WAIT_MS = 10000;

const box = document.querySelector("[data-notify]");
const session = box ? box.dataset.session : undefined;
const line = document.querySelector("[data-poll]");
const party = new URL(line.getAttribute("hx-get"), location.href).searchParams.get("partyId");
// Notifications are in the language of this page.
const who = { sessionId: session, partyId: party, language: document.documentElement.lang };
const code = location.pathname.split("/")[2];

function show(state) {
  if (!box) return;
  box.dataset.notify = state;
  for (const part of box.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(state);
  }
  box.hidden = state === "ended";
}

function say(sentence) {
  box.querySelector("[data-said]").textContent = box.dataset[sentence] || "";
}

function canPush() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

// On iPhone and iPad, only an app on the Home Screen can subscribe; a tab lacks the API.
function needsHomeScreen() {
  const { userAgent, maxTouchPoints, standalone } = navigator;
  const isIpad = /Macintosh/.test(userAgent) && maxTouchPoints > 1;
  if (standalone || !(isIpad || /iPhone|iPad|iPod/.test(userAgent))) return false;
  const version = /OS (\d+)_(\d+)/.exec(userAgent);
  return !version || Number(`${version[1]}.${version[2]}`) >= FIRST_IOS_WITH_PUSH;
}

// `ready` never settles where the service worker can't be installed.
async function worker() {
  const late = new Promise((_, reject) => setTimeout(reject, WORKER_WAIT_MS));
  return Promise.race([navigator.serviceWorker.ready, late]);
}

async function kept() {
  return caches.open(SUBSCRIPTIONS);
}

const KEY = `/subscription/${code}`;

// A browser that blocks cookies has no storage and no service worker.
async function hasStorage() {
  return kept().then(
    () => true,
    () => false,
  );
}

async function remember(endpoint) {
  const store = await kept();
  await store.put(KEY, new Response(JSON.stringify({ code, ...who, endpoint })));
}

// A renewed subscription takes the place of the old one, which would count as another device.
async function replaceOld(endpoint) {
  const before = await (await kept()).match(KEY);
  const old = before && (await before.json());
  if (!old || !old.endpoint || old.endpoint === endpoint || old.partyId !== party) return;
  await post("/api/push/unsubscribe", { endpoint: old.endpoint });
}

async function forget() {
  const store = await kept();
  await store.delete(KEY);
  // The browser has one subscription for all lines on this device.
  if ((await store.keys()).length > 0) return;
  const subscription = await (await worker()).pushManager.getSubscription();
  if (subscription) await subscription.unsubscribe();
}

// On a page of yesterday, or of a friend, what is kept may be of another party of this phone.
async function forgetOwn() {
  const found = await (await kept()).match(KEY);
  if (found && (await found.json()).partyId === party) await forget();
}

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return fetchOurs(path, { method: "POST", headers, body: JSON.stringify({ ...who, ...body }) });
}

// Sends the server this browser's subscription; repeated at each visit, because browsers and
// servers both lose subscriptions silently.
async function subscribe() {
  const { pushManager } = await worker();
  const { publicKey } = await (await fetchOurs("/api/push/vapid")).json();
  let subscription = await pushManager.getSubscription();
  if (subscription && !isFor(subscription, publicKey)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  if (!subscription) {
    subscription = await pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: publicKey,
    });
  }
  const answer = await post("/api/push/subscribe", { subscription });
  if (answer.status === ENDED) {
    await forgetOwn();
    return "ended";
  }
  if (!answer.ok) return "failed";
  const isReplaced = await replaceOld(subscription.endpoint).then(
    () => true,
    () => false,
  );
  // Else the next visit, which still knows the old one, tries again to remove it.
  if (isReplaced) await remember(subscription.endpoint);
  return "on";
}

// A newly set up server has another key, and can't use subscriptions made with the old one.
function isFor(subscription, publicKey) {
  const own = subscription.options && subscription.options.applicationServerKey;
  if (!own) return true;
  const text = btoa(String.fromCharCode(...new Uint8Array(own)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "") === publicKey;
}

async function turnOn() {
  // Must come first: browsers accept the request only as a direct response to a tap.
  const answer = await Notification.requestPermission();
  if (answer !== "granted") return show(answer === "denied" ? "denied" : "ask");
  show("asking");
  show(await subscribe().catch(() => "failed"));
}

async function turnOff() {
  const subscription = await (await worker()).pushManager.getSubscription();
  if (subscription) {
    await post("/api/push/unsubscribe", { endpoint: subscription.endpoint }).catch(() => {});
  }
  await forget();
  show("ask");
}

async function test() {
  say("sending");
  const answer = await post("/api/push/test", {}).catch(() => null);
  if (answer && answer.ok) return say("sent");
  // The server has no subscription, or the push service rejected it: get a new one.
  if (answer && GONE.includes(answer.status)) show(await subscribe().catch(() => "failed"));
  say("unsent");
}

async function look() {
  if (needsHomeScreen() && !("PushManager" in window)) {
    // An app on the Home Screen has its own cookies, so its address must identify the party.
    document.querySelector('link[rel="manifest"]').href = box.dataset.homeScreenManifest;
    return show("home-screen");
  }
  if (!canPush() || !(await hasStorage())) return show("unsupported");
  if (Notification.permission === "denied") return show("denied");
  const wanted = Notification.permission === "granted" && (await (await kept()).match(KEY));
  show(wanted ? await subscribe().catch(() => "failed") : "ask");
}

const TAPS = {
  on: turnOn,
  off: turnOff,
  test,
  ring: () => document.dispatchEvent(new CustomEvent("queueup:chime", { detail: "call" })),
};

function hasEnded() {
  return document.querySelector('[data-state="ended"]') !== null;
}

async function end() {
  show("ended");
  if (canPush() && (await hasStorage())) await forgetOwn();
}

if (hasEnded()) end();
else if (box) {
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tap]");
    const tap = button && TAPS[button.dataset.tap];
    if (!tap) return;
    say("");
    tap();
  });
  look();
  const watch = new MutationObserver(() => {
    if (!hasEnded()) return;
    watch.disconnect();
    end();
  });
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-state"] });
}
