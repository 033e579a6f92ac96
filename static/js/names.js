// The names that several scripts share; the service worker is served with them in front.
"use strict";

// The answer to a device that may not, or no longer, manage the line (HTTP's Forbidden).
const NOT_THE_HOST = 403;
// Caches that outlive a release: copies of guests' places, and the parties that get notifications.
const PLACES = "queueup-places";
const SUBSCRIPTIONS = "queueup-subscriptions";
