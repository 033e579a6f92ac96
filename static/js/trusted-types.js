// Lets htmx parse fragments under trusted types, and nothing run as code.
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
