// Takes the app's badge away when no call on this page waits for an answer.

function look() {
  if (document.querySelector('[data-state="called"], .is-called')) return;
  if ("clearAppBadge" in navigator) navigator.clearAppBadge().catch(() => {});
}

new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ["data-state"] });
look();
