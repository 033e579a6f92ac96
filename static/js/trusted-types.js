// Lets htmx parse fragments under Trusted Types, without allowing scripts in them.
"use strict";

htmx.registerExtension("trust", {
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
});
