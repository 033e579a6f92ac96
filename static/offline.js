// The page for no network: leads to the places that this device knows, and leaves when it can.

const PLACES = "queueup-places";

async function listPlaces() {
  const list = document.querySelector("[data-places]");
  for (const { url } of await (await caches.open(PLACES)).keys()) {
    const { pathname } = new URL(url);
    const link = document.createElement("a");
    link.className = "card link-card";
    link.href = pathname;
    link.textContent = `Your place in line ${pathname.split("/")[2]}, as last seen`;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.hidden = list.children.length === 0;
}

// The address of the page that was asked for is still in the bar.
addEventListener("online", () => location.reload());
document.querySelector("[data-again]").addEventListener("click", () => location.reload());
if ("caches" in globalThis) listPlaces();
