// Starts the service worker, and offers to install the app where the browser can.

const SERVICE_WORKER = "/sw.js";

// Trusted Types allow no string as a script URL, except this one.
const policy =
  globalThis.trustedTypes &&
  trustedTypes.createPolicy("service-worker", {
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
    // Private windows and some settings refuse; every page works without it.
  }
}

function offerInstall(prompt) {
  for (const button of document.querySelectorAll("[data-install]")) {
    button.hidden = false;
    button.onclick = async () => {
      prompt.prompt();
      await prompt.userChoice;
      // A prompt can be shown once; the browser fires another event when it may be shown again.
      button.hidden = true;
    };
  }
}

addEventListener("beforeinstallprompt", (event) => {
  // We show a small button: the browser's own banner would cover the guest's spot in line.
  event.preventDefault();
  offerInstall(event);
});

addEventListener("appinstalled", () => {
  for (const button of document.querySelectorAll("[data-install]")) button.hidden = true;
});

if ("serviceWorker" in navigator) {
  // Load the page first: filling the worker's cache must not compete with it.
  if (document.readyState === "complete") startServiceWorker();
  else addEventListener("load", startServiceWorker);
}
