// Saves a copy of the guest's page for the service worker to show offline.

const UNCHANGED = 304;
const DAY_MS = 24 * 3600 * 1000;

const page = document.documentElement;

async function keep() {
  const copy = page.cloneNode(true);
  delete copy.dataset.ringing;
  delete copy.dataset.sound;
  // The copy must not carry an old server time.
  delete copy.dataset.now;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "x-kept-at": String(Date.now()),
  };
  const html = `<!doctype html>${copy.outerHTML}`;
  try {
    const places = await caches.open(PLACES);
    await places.put(location.pathname, new Response(html, { headers }));
    await forgetOld(places);
  } catch {
    // A browser that blocks cookies has no storage either, and others may be full.
  }
}

// A phone that stands in many lines keeps the copies of a day.
async function forgetOld(places) {
  for (const key of await places.keys()) {
    const kept = await places.match(key);
    const at = kept ? Number(kept.headers.get("x-kept-at")) : 0;
    if (Date.now() - at > DAY_MS) await places.delete(key);
  }
}

function answered(event) {
  const { response } = event.detail.ctx;
  const status = response && response.status;
  if (status !== UNCHANGED && !(status >= 200 && status < 300)) return;
  // A copy is a whole page from earlier: once the server is back, load the current one.
  if ("asOf" in page.dataset) location.reload();
  // Wait until htmx has swapped the answer in.
  else setTimeout(keep);
}

// The service worker writes the copy's time onto it.
if ("asOf" in page.dataset) {
  addEventListener("online", () => location.reload());
} else if ("caches" in globalThis) {
  keep();
}
if ("caches" in globalThis) document.addEventListener("htmx:finally:request", answered);
