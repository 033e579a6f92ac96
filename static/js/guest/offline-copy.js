// Keeps a copy of the guest's place for the service worker to show when there is no network.

const UNCHANGED = 304;

const page = document.documentElement;

async function keep() {
  const copy = page.cloneNode(true);
  delete copy.dataset.ringing;
  delete copy.dataset.sound;
  // A copy does not know what time it is at the server.
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
  const status = event.detail?.ctx?.response?.status;
  if (status !== UNCHANGED && !(status >= 200 && status < 300)) return;
  // A copy is a whole page of some earlier time: with the server back, the page of now is better.
  if ("asOf" in page.dataset) location.reload();
  // The answer is on the screen after htmx has swapped it in.
  else setTimeout(keep);
}

// The worker writes the time of the copy onto it.
if ("asOf" in page.dataset) {
  addEventListener("online", () => location.reload());
} else if ("caches" in globalThis) {
  keep();
}
if ("caches" in globalThis) document.addEventListener("htmx:finally:request", answered);
