// Keeps a copy of the guest's place for when there is no network, and shows the age of that copy.

const PLACES = "queueup-places";
const UNCHANGED = 304;

const page = document.documentElement;

async function keep() {
  const copy = page.cloneNode(true);
  delete copy.dataset.ringing;
  delete copy.dataset.sound;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "x-kept-at": String(Date.now()),
  };
  const places = await caches.open(PLACES);
  const html = `<!doctype html>${copy.outerHTML}`;
  await places.put(location.pathname, new Response(html, { headers }));
}

// The worker writes the time onto a copy that it shows.
function showAge() {
  const at = new Date(Number(page.dataset.asOf));
  const notice = document.querySelector("[data-kept]");
  const time = notice.querySelector("time");
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  notice.hidden = false;
}

function answered(event) {
  const status = event.detail?.ctx?.response?.status;
  if (status !== UNCHANGED && !(status >= 200 && status < 300)) return;
  // A copy is a whole page of some earlier time: with the server back, the page of now is better.
  if ("asOf" in page.dataset) location.reload();
  // The answer is on the screen after htmx has swapped it in.
  else setTimeout(keep);
}

if ("asOf" in page.dataset) {
  showAge();
  addEventListener("online", () => location.reload());
} else if ("caches" in globalThis) {
  keep();
}
if ("caches" in globalThis) document.addEventListener("htmx:finally:request", answered);
