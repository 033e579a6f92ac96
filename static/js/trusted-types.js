// Lets htmx parse fragments under Trusted Types, without allowing scripts in them.
"use strict";

const trust = {
  init(api) {
    if (!globalThis.trustedTypes) return;
    api.initSecurity(
      trustedTypes.createPolicy("htmx", {
        createHTML: (html) => html,
        createScript: () => {
          throw new TypeError("Fragments bring no code.");
        },
      }),
    );
  },
};
// Older browsers can't read htmx; js/poll.js manages without it.
if ("htmx" in window) htmx.registerExtension("trust", trust);
