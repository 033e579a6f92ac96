// The time of day where the line is, whatever this device's time zone and its rules are.
"use strict";

// The page says by how many minutes the line's clocks are ahead of UTC, now and from each change
// on: "60 1774746000000:120". A line without a time zone has the device's.
function timeOfDay(ms) {
  const [first, ...changes] = (document.documentElement.dataset.clock || "").split(" ");
  if (first === "") return new Date(ms).toLocaleTimeString([], { timeStyle: "short" });
  let ahead = first;
  for (const change of changes) {
    const [from, minutes] = change.split(":");
    if (ms >= Number(from)) ahead = minutes;
  }
  const there = new Date(ms + Number(ahead) * 60000);
  return there.toLocaleTimeString([], { timeStyle: "short", timeZone: "UTC" });
}
