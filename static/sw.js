// The service worker: shows every push message, and serves saved pages when the server is unreachable.
// The server puts RELEASE, SHELL_FILES, UNREADABLE, ICONS and js/names.js in front of this text, so
// another release or language replaces the worker, and brings its own offline page.
const SHELL = `queueup-shell-${RELEASE}`;
const OFFLINE = "/offline";
const PLACE = /^\/queue\/([A-Za-z0-9]{6})\/place$/;
const DAY_MS = 24 * 3600 * 1000;
// A proxy answers these when the server behind it is down.
const UNREACHABLE = [502, 503, 504];
const NUDGE = /^(pos_\d+|soon)$/;
// A table is now held for the party, or is no longer held.
const CALLS = ["called", "held_again"];
const CALLS_OVER = ["call_undone", "no_show"];
const RING = [400, 150, 400, 150, 400, 500, 400, 150, 400, 150, 400];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fillShell());
});

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // API requests go straight to the server.
  if (url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(staticFile(request, url));
  }
});

self.addEventListener("push", (event) => event.waitUntil(show(readMessage(event.data))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, kind } = event.notification.data || { url: "/", kind: "unknown" };
  event.waitUntil(Promise.all([focusOrOpen(url), report(url, kind)]));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(resubscribe(event)));

async function fillShell() {
  const shell = await caches.open(SHELL);
  const files = [...SHELL_FILES, new Request(OFFLINE, { cache: "reload" })];
  await Promise.all(files.map(async (file) => shell.put(file, await whole(file))));
}

// A login page must not be kept in place of a file of ours.
async function whole(file) {
  const answer = await fetchOurs(file);
  if (!answer.ok) throw new TypeError(`${answer.status} for a file of this release`);
  return answer;
}

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("queueup-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request, url) {
  let response;
  try {
    response = await fetch(request);
  } catch {
    return (await lastPlace(url)) || caches.match(OFFLINE);
  }
  return isAnswer(response) ? response : ((await lastPlace(url)) || response);
}

// The browser follows a redirect by itself, and shows the worker nothing of it.
function isAnswer({ type, status, headers }) {
  return type === "opaqueredirect" || (headers.has(OURS) && !UNREACHABLE.includes(status));
}

async function lastPlace(url) {
  if (!PLACE.test(url.pathname)) return undefined;
  const places = await caches.open(PLACES);
  const kept = await places.match(url.pathname);
  if (!kept) return undefined;
  const at = Number(kept.headers.get("x-kept-at"));
  if (Date.now() - at > DAY_MS) {
    await places.delete(url.pathname);
    return undefined;
  }
  const html = (await kept.text()).replace("<html", `<html data-as-of="${at}"`);
  // The copy gets the same security headers as any other page.
  const offline = await caches.match(OFFLINE);
  const headers = new Headers(offline && offline.headers);
  headers.set("content-type", "text/html; charset=utf-8");
  headers.delete("content-length");
  return new Response(html, { headers });
}

async function staticFile(request, url) {
  if (url.searchParams.get("v") !== RELEASE) {
    // A page of another release: use our copy only if the network fails.
    return fetchOurs(request).catch(() => anyVersion(request));
  }
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request);
  if (kept) return kept;
  const response = await fetchOurs(request);
  if (response.ok) await shell.put(request, response.clone());
  return response;
}

async function anyVersion(request) {
  return (await caches.match(request, { ignoreSearch: true })) || Response.error();
}

// Reads both formats: our own, and the declarative one that iOS shows without this worker.
function readMessage(pushed) {
  let sent = null;
  try {
    if (pushed) sent = pushed.json();
  } catch {
    // Show something even if the message is unreadable: browsers revoke permission after silent pushes.
  }
  const flat = sent !== null && typeof sent === "object" ? sent : {};
  const declared = flat.notification || {};
  const url = ownUrl(flat.url || declared.navigate);
  return {
    title: words(flat.title, declared.title) || UNREADABLE.title,
    body: words(flat.body, declared.body) || UNREADABLE.body,
    kind: words(flat.kind) || "unknown",
    tag: words(declared.tag) || new URL(url).pathname,
    url,
  };
}

function words(...candidates) {
  return candidates.find((text) => typeof text === "string" && text.trim() !== "");
}

function ownUrl(text) {
  try {
    const url = new URL(text || "/", location.origin);
    // A server can have several host names; the guest's cookies belong to this one.
    if (PLACE.test(url.pathname)) return location.origin + url.pathname + url.search;
    if (url.origin === location.origin) return url.href;
  } catch {
    // Not a URL: the home page links to every place on this device.
  }
  return `${location.origin}/`;
}

async function show({ title, body, kind, tag, url }) {
  const called = CALLS.includes(kind);
  await self.registration.showNotification(title, {
    body,
    tag,
    icon: ICONS.large,
    badge: ICONS.badge,
    data: { url, kind },
    renotify: kind !== "join_confirm",
    requireInteraction: called,
    vibrate: called ? RING : [200],
  });
  if ("setAppBadge" in self.navigator) {
    if (called) await self.navigator.setAppBadge(1).catch(() => {});
    if (CALLS_OVER.includes(kind)) await self.navigator.clearAppBadge().catch(() => {});
  }
  for (const client of await pagesAt(url)) client.postMessage({ kind });
}

async function pagesAt(url) {
  const { pathname } = new URL(url);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return open.filter((client) => new URL(client.url).pathname === pathname);
}

async function focusOrOpen(url) {
  const [open] = await pagesAt(url);
  try {
    await (open ? open.focus() : self.clients.openWindow(url));
  } catch {
    await self.clients.openWindow(url).catch(() => {});
  }
}

async function report(url, kind) {
  const owner = (await ownerOf(url)) || {};
  const types = NUDGE.test(kind) ? ["notif_click", "nudge_ack"] : ["notif_click"];
  await Promise.all(types.map((type) => post("/api/track", { type, meta: { kind }, ...owner })));
}

async function ownerOf(url) {
  const found = PLACE.exec(new URL(url).pathname);
  if (!found) return undefined;
  const kept = await (await caches.open(SUBSCRIPTIONS)).match(`/subscription/${found[1]}`);
  if (!kept) return undefined;
  const { sessionId, partyId } = await kept.json();
  return { sessionId, partyId };
}

async function resubscribe(event) {
  const subscription = event.newSubscription || (await subscribe());
  const store = await caches.open(SUBSCRIPTIONS);
  for (const key of await store.keys()) {
    const kept = await (await store.match(key)).json();
    const { sessionId, partyId, language } = kept;
    const who = { sessionId, partyId, language };
    const answer = await post("/api/push/subscribe", { ...who, subscription });
    // The party has left the line: nothing more to send.
    if (answer && answer.status === 404) await store.delete(key);
    if (!answer || !answer.ok) continue;
    // The old one would count as another device until its push service refuses it.
    const old = event.oldSubscription ? event.oldSubscription.endpoint : kept.endpoint;
    const { endpoint } = subscription;
    if (old && old !== endpoint) await post("/api/push/unsubscribe", { ...who, endpoint: old });
    await store.put(key, new Response(JSON.stringify({ ...kept, endpoint })));
  }
}

async function subscribe() {
  const { publicKey } = await (await fetchOurs("/api/push/vapid")).json();
  const wish = { userVisibleOnly: true, applicationServerKey: publicKey };
  return self.registration.pushManager.subscribe(wish);
}

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const wish = { method: "POST", headers, body: JSON.stringify(body), keepalive: true };
  return fetchOurs(path, wish).catch(() => undefined);
}
