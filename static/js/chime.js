// Plays the chime that other scripts request with a "queueup:chime" event.

// Hz and seconds from the start: a rising third and fifth, like a shop bell.
const NOTES = {
  call: [[784, 0], [988, 0.18], [1175, 0.36], [784, 0.9], [988, 1.08], [1175, 1.26]],
  arrival: [[988, 0], [1319, 0.12]],
};
const NOTE_S = 0.5;
const LOUDNESS = 0.35;

const Context = globalThis.AudioContext || globalThis.webkitAudioContext;
let context = null;

// Browsers allow sound only after the page has been touched.
async function unlock() {
  if (!Context) return;
  if (!context) context = new Context();
  await context.resume().catch(() => {});
  document.documentElement.dataset.sound = context.state === "running" ? "ready" : "silent";
}

function play(notes) {
  if (!context || context.state !== "running") return false;
  for (const [frequency, at] of notes) {
    const start = context.currentTime + at;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(LOUDNESS, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_S);
  }
  return true;
}

for (const touch of ["pointerdown", "pointerup", "keydown"]) {
  addEventListener(touch, unlock, { passive: true });
}

// A page that was touched before a reload may be allowed to play sound right away.
document.addEventListener("queueup:unlock", unlock);

// iOS mutes a page in the background; try again when it comes back.
document.addEventListener("visibilitychange", () => {
  if (context && !document.hidden) unlock();
});

document.addEventListener("queueup:chime", async (event) => {
  if (context && context.state !== "running") await unlock();
  play(NOTES[event.detail] || NOTES.call);
});
