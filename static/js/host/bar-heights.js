// Tells the style how high the bars and notices are that stay in view: it depends on the size of the text,
// and what scrolls must end above them.
"use strict";

(() => {
  const BARS = ".tabs, .asks, .stand, .bottom, .acts";
  const line = document.querySelector("[data-poll]");
  const notices = document.querySelector(".acts");

  function heightOf(...names) {
    const heights = names.map((name) => document.querySelector(name)?.offsetHeight ?? 0);
    return heights.find((height) => height > 0) ?? 0;
  }

  function set(name, height) {
    const value = `${height}px`;
    const { style } = document.documentElement;
    if (style.getPropertyValue(name) !== value) style.setProperty(name, value);
  }

  function measure() {
    set("--tabs", heightOf(".tabs"));
    set("--asks", heightOf(".asks"));
    set("--foot", heightOf(".stand", ".bottom"));
    set("--toasts", notices.offsetHeight);
  }

  const watch = new ResizeObserver(measure);
  function observe() {
    watch.disconnect();
    for (const bar of document.querySelectorAll(BARS)) watch.observe(bar);
  }

  document.addEventListener("htmx:after:swap", observe);
  if (line && notices) observe();
})();
