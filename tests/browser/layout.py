"""Finds what is cut, split inside a word, or covered on a page."""

from playwright.sync_api import Page

# Words of scripts without spaces may be split anywhere, and so may addresses and very long names.
FAULTS = r"""() => {
  const LONGEST_WORD = 16;
  const TOLERATED_PX = 2;
  const faults = [];
  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".sr, [aria-hidden=true], svg, script, noscript, template");
  // Text for screen readers only.
  const isHidden = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).clipPath.startsWith("inset(50%")) return true;
    }
    return false;
  };
  const say = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
  const rectOf = (node, from, to) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return [...range.getClientRects()].filter(({ width }) => width > 0.5);
  };
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth + 1) {
    const wide = [...document.querySelectorAll("body *")].find((element) =>
      isShown(element) && element.getBoundingClientRect().right > page.clientWidth + 1);
    say(`${page.scrollWidth - page.clientWidth} px too wide`, wide ?? page);
  }
  const clipping = (element) => {
    const found = [];
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const { overflowX, position } = getComputedStyle(at);
      // Shortened on purpose, and whole on the party's own sheet.
      if (at.matches(".note")) return [];
      if (["hidden", "clip"].includes(overflowX)) found.push(at);
      if (position === "fixed") break;
    }
    return found;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element) || isHidden(element)) continue;
    const button = element.closest("button, a.button, .choice span, .toggle span, .tab, .chip");
    const boxes = [...clipping(element), ...(button ? [button] : [])];
    for (const { left, right } of rectOf(node, 0, node.length)) {
      for (const box of boxes) {
        const outer = box.getBoundingClientRect();
        if (left < outer.left - TOLERATED_PX || right > outer.right + TOLERATED_PX) {
          say(`"${node.data.trim()}" is cut`, box);
          break;
        }
      }
    }
    for (const { 0: word, index } of node.data.matchAll(/[\p{L}\p{N}'’]+/gu)) {
      const isName = /[\p{Script=Han}\p{Script=Thai}]/u.test(word);
      const isAddress = element.closest(".code, [dir=ltr]:not(html)");
      if (word.length > LONGEST_WORD || isName || isAddress) continue;
      const rects = rectOf(node, index, index + word.length);
      const lines = new Set(rects.map(({ top }) => Math.round(top)));
      if (Math.max(...lines) - Math.min(...lines) > 8) say(`"${word}" is split`, element);
    }
  }
  return [...new Set(faults)];
}"""
COVERED = r"""() => {
  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const modal = document.querySelector("dialog[open], :popover-open");
  const found = [];
  const kinds = new Map();
  for (const target of (modal ?? document).querySelectorAll("button, a.button, .choice span")) {
    if (!isShown(target) || target.disabled) continue;
    const kind = target.id.replace(/-.*/, "") || target.className;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (kinds.get(kind) > 3) continue;
    target.scrollIntoView({ block: "nearest" });
    const { left, top, width, height } = target.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const seen = document.elementFromPoint(x, y);
    if (!seen || !(target.contains(seen) || seen.contains(target))) {
      const [what, by] = [target, seen].map((one) => one?.outerHTML.slice(0, 120));
      found.push(`${what} is covered by ${by}`);
    }
  }
  return found;
}"""


def faults(page: Page) -> list[str]:
    """Return what is cut, split inside a word, wider than the screen, or covered."""
    found: list[str] = page.evaluate(FAULTS)
    covered: list[str] = page.evaluate(COVERED)
    return found + covered
