// Starts the service worker, and offers to install the app where the browser can.

const SERVICE_WORKER = "/sw.js";

// Trusted Types let no string become a script's address; this one address may.
const policy = globalThis.trustedTypes?.createPolicy("service-worker", {
  createScriptURL(address) {
    if (address !== SERVICE_WORKER) throw new TypeError(`${address} is no script of ours`);
    return address;
  },
});

async function startServiceWorker() {
  const address = policy ? policy.createScriptURL(SERVICE_WORKER) : SERVICE_WORKER;
  try {
    await navigator.serviceWorker.register(address, { updateViaCache: "none" });
  } catch {
    // Private windows and odd settings refuse; every page works without.
  }
}

function offerInstall(prompt) {
  for (const button of document.querySelectorAll("[data-install]")) {
    button.hidden = false;
    button.onclick = async () => {
      prompt.prompt();
      await prompt.userChoice;
      // A prompt can be shown once; the browser sends another event when it allows the next.
      button.hidden = true;
    };
  }
}

addEventListener("beforeinstallprompt", (event) => {
  // Ours is a quiet button: the browser's own banner would cover the guest's place.
  event.preventDefault();
  offerInstall(event);
});

addEventListener("appinstalled", () => {
  for (const button of document.querySelectorAll("[data-install]")) button.hidden = true;
});

if ("serviceWorker" in navigator) {
  // The page comes first: what the worker keeps for later must not compete with it.
  if (document.readyState === "complete") startServiceWorker();
  else addEventListener("load", startServiceWorker);
}
