// Shares, copies and prints links and codes, and renders the poster as a PNG.
"use strict";

(() => {
  const COPIED_FOR_MS = 2500;

  const can = {
    share: "share" in navigator,
    copy: Boolean(navigator.clipboard),
    print: true,
    png: "toBlob" in HTMLCanvasElement.prototype,
  };

  async function share({ share: url, shareTitle: title }) {
    try {
      await navigator.share({ title, url });
    } catch (error) {
      // Closing the share sheet is a choice, not a failure.
      if (error.name !== "AbortError") throw error;
    }
  }

  async function copy({ copy: text, copied }, button) {
    await navigator.clipboard.writeText(text);
    const label = button.querySelector("span");
    const before = label.textContent;
    if (before === copied) return;
    label.textContent = copied;
    setTimeout(() => (label.textContent = before), COPIED_FOR_MS);
  }

  // Rendered here, not on the server: this device has fonts for every script, and emoji.
  async function png({ png: url, pngName }) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = pngName;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const acts = { share, copy, png, print: () => print() };

  for (const [name, act] of Object.entries(acts)) {
    for (const button of document.querySelectorAll(`[data-${name}]`)) {
      if (!can[name]) continue;
      button.hidden = false;
      button.addEventListener("click", () => act(button.dataset, button));
    }
  }
})();
