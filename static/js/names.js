// The names that several scripts share; the service worker is served with them in front.
"use strict";

// The answer to a device that may not, or no longer, manage the line (HTTP's Forbidden).
const NOT_THE_HOST = 403;
// Caches that outlive a release: copies of guests' places, and the parties that get notifications.
const PLACES = "queueup-places";
const SUBSCRIPTIONS = "queueup-subscriptions";
// On every answer of our server. A login page or a proxy's error page doesn't have it, whatever its
// status says.
const OURS = "X-QueueUp";

// Fetches from our server; an answer of anything in between is a failure of the network.
async function fetchOurs(address, options) {
  const answer = await fetch(address, options);
  if (!answer.headers.has(OURS)) throw new TypeError("Something else than our server answered.");
  return answer;
}
