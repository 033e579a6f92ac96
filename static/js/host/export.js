// Shows how far an export is, and saves it once it is complete.
"use strict";

(() => {
  const LINE_END = 10;
  // A browser that is slow, or asks where to save, reads the file long after the tap.
  const KEPT_MS = 10 * 60_000;
  const form = document.querySelector("[data-export]");
  const shown = form.querySelector("[data-export-progress]");
  const bar = shown.querySelector("progress");
  const said = shown.querySelector("[role=status]");
  let isRunning = false;

  const rows = (count) => `${count.toLocaleString()} ${count === 1 ? "row" : "rows"}`;

  async function read(response, total) {
    const parts = [];
    let lines = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts);
      parts.push(value);
      for (const byte of value) if (byte === LINE_END) lines += 1;
      bar.value = total ? Math.min(100, (100 * lines) / total) : 100;
    }
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
  }

  async function download(address) {
    const response = await fetch(address);
    const total = response.headers.get("X-QueueUp-Total");
    // A page that says what is wrong, or the lock screen.
    if (!response.ok || total === null) return location.assign(address);
    const [, name] = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"));
    save(await read(response, Number(total)), name);
    said.textContent = `Done: ${rows(Number(total))}.`;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isRunning) return;
    isRunning = true;
    shown.hidden = false;
    bar.value = 0;
    said.textContent = "Downloading…";
    try {
      await download(`${form.action}?${new URLSearchParams(new FormData(form))}`);
    } catch {
      said.textContent = "The download broke off. Please try again.";
    }
    isRunning = false;
  });
})();
