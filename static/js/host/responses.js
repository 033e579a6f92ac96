// Shows the server's answer to each of the host's actions: the current list, and a message if the
// action was refused or there is something to add.
"use strict";

(() => {
  const LAST_WORDS = "queueup:last-words";

  const line = document.querySelector("[data-poll]");
  if (!line) return;

  document.addEventListener("queueup:answered", async ({ detail: { entry, ...answer } }) => {
    const { response, status, text } = answer;
    const said = sentence(response);
    const why = said ?? `${entry.label}: this couldn't be done. The list shows where things stand.`;
    if (status === NOT_THE_HOST) {
      leaveWord(why);
      location.reload();
    } else if (response.redirected) {
      location.assign(response.url);
    } else {
      await show(entry, response, text);
      const refusal = response.headers.get("X-QueueUp-Refused");
      if (status >= 400) say("queueup:refused", { entry, status, refusal, sentence: why });
      else if (said) say("queueup:notice", { text: said, isRefusal: false });
    }
  });

  async function show(entry, response, text) {
    const isHtml = response.headers.get("Content-Type")?.startsWith("text/html");
    const isFragment = isHtml && !/^\s*<!doctype/i.test(text);
    await press.over();
    say("queueup:acted", isFragment ? response.headers : null);
    if (!isFragment) return say("queueup:look");
    const swap = { text, sourceElement: line, target: line, swap: "innerMorph", row: entry.row };
    await htmx.swap(swap);
  }

  function sentence({ headers }) {
    const encoded = headers.get("X-QueueUp-Notice");
    try {
      return encoded && decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  }

  function say(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // The next page, such as a locked tablet's, may not be the console.
  function leaveWord(text) {
    try {
      sessionStorage.setItem(LAST_WORDS, text);
    } catch {
      // Without storage, the next page itself says that access was lost.
    }
  }

  function takeWord() {
    try {
      const text = sessionStorage.getItem(LAST_WORDS);
      sessionStorage.removeItem(LAST_WORDS);
      if (text) say("queueup:notice", { text, isRefusal: true });
    } catch {
      // Nothing was stored.
    }
  }

  takeWord();
})();
