// Saves a copy of the guest's page for the service worker to show offline.

const UNCHANGED = 304;

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
  const places = await caches.open(PLACES);
  const html = `<!doctype html>${copy.outerHTML}`;
  await places.put(location.pathname, new Response(html, { headers }));
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
