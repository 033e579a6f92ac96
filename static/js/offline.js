// The offline page: links to the places saved on this device, and reloads once it is back online.

const AGAIN_MS = 5000;

async function listPlaces() {
  const list = document.querySelector("[data-places]");
  for (const { url } of await (await caches.open(PLACES)).keys()) {
    const { pathname } = new URL(url);
    const link = document.createElement("a");
    link.className = "card link-card";
    link.href = pathname;
    link.textContent = list.dataset.places.replace("#", pathname.split("/")[2]);
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.hidden = list.children.length === 0;
}

// No event fires when a server comes back.
async function look() {
  if (document.hidden) return;
  const answer = await fetchOurs("/", { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer && answer.status < 500) location.reload();
}

// The address bar still has the requested page.
addEventListener("online", () => location.reload());
document.querySelector("[data-again]").addEventListener("click", () => location.reload());
if (location.pathname !== "/offline") setInterval(look, AGAIN_MS);
if ("caches" in globalThis) listPlaces();
