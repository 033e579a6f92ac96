// Lets the host drag a waiting party to another place; then the party's sheet asks for the reason.
// The list itself changes only once the server has moved the party.
"use strict";

(() => {
  const START_PX = 6;
  const EDGE_PX = 56;
  const SCROLL_PX = 12;

  const mark = document.createElement("div");
  mark.className = "drop-mark";
  mark.hidden = true;
  document.body.append(mark);

  let drag = null;

  const rows = () =>
    [...document.querySelectorAll(".waiting [data-party]")].filter((row) => !row.hidden);

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("#line [data-handle]");
    if (!handle || event.button !== 0 || document.body.classList.contains("selecting")) return;
    const row = handle.closest("[data-party]");
    drag = { id: row.dataset.party, pointer: event.pointerId, y: event.clientY, ghost: null };
  });

  addEventListener("pointermove", (event) => {
    if (drag?.pointer !== event.pointerId) return;
    if (!drag.ghost && Math.abs(event.clientY - drag.y) < START_PX) return;
    drag.ghost ??= lift(event);
    if (!drag.ghost) return end();
    event.preventDefault();
    drag.at = event.clientY;
    drag.ghost.style.top = `${event.clientY - drag.grip}px`;
    scroll(event.clientY);
    showMark();
  });

  addEventListener("pointerup", (event) => {
    if (drag?.pointer !== event.pointerId) return;
    const { ghost, id } = drag;
    const place = ghost ? placeAt(drag.at) : null;
    end();
    if (!ghost) return;
    swallowClick();
    const row = document.getElementById(`p-${id}`);
    if (row && place !== null) drop(row, place);
  });
  addEventListener("pointercancel", end);
  addEventListener("keydown", (event) => event.key === "Escape" && end());

  // A copy follows the finger, because the row itself may be redrawn at any time.
  function lift() {
    const row = document.getElementById(`p-${drag.id}`);
    if (!row) return null;
    const { top, left, width } = row.getBoundingClientRect();
    const copy = row.cloneNode(true);
    for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
    copy.removeAttribute("data-party");
    // Like the column, a box whose width decides how the row is laid out.
    const ghost = document.createElement("ol");
    ghost.className = "ghost";
    ghost.append(copy);
    ghost.setAttribute("aria-hidden", "true");
    ghost.inert = true;
    Object.assign(ghost.style, { left: `${left}px`, width: `${width}px` });
    drag.grip = drag.y - top;
    document.body.append(ghost);
    document.body.classList.add("dragging");
    return ghost;
  }

  function end() {
    drag?.ghost?.remove();
    drag = null;
    mark.hidden = true;
    document.body.classList.remove("dragging");
  }

  // The number of visible rows above the finger.
  function placeAt(y) {
    return rows().filter((row) => {
      const { top, height } = row.getBoundingClientRect();
      return top + height / 2 < y;
    }).length;
  }

  function showMark() {
    const shown = rows();
    const place = placeAt(drag.at);
    const near = (shown[place] ?? shown.at(-1)).getBoundingClientRect();
    const top = place < shown.length ? near.top - 5 : near.bottom + 1;
    Object.assign(mark.style, { top: `${top}px`, left: `${near.left}px`, width: `${near.width}px` });
    mark.hidden = false;
  }

  function scroll(y) {
    const column = document.querySelector(".waiting");
    const inner = column.scrollHeight > column.clientHeight + 1;
    const area = inner ? column.getBoundingClientRect() : { top: 0, bottom: innerHeight - 140 };
    const by = y < area.top + EDGE_PX ? -SCROLL_PX : y > area.bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by) (inner ? column : window).scrollBy(0, by);
  }

  function drop(row, place) {
    const shown = rows();
    const before = shown[place] ?? shown.at(-1).nextElementSibling;
    if (before === row || before === row.nextElementSibling) return;
    const detail = { row, before: before?.dataset.party ?? "" };
    document.dispatchEvent(new CustomEvent("queueup:move", { detail }));
  }

  // Letting go would also click the handle.
  function swallowClick() {
    const swallow = (event) => {
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, true), 0);
  }
})();
