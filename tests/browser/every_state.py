"""What holds for every page in every state: nothing is refused, axe finds nothing, and all fits."""

from playwright.sync_api import Page

from tests.browser.house import House
from tests.browser.people import PHONE, TABLET
from tests.support.running_service import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 568}
ZOOMED = {"width": TABLET["width"] // 2, "height": TABLET["height"] // 2}

VIOLATIONS = """async (runOnly) => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...runOnly });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ""}`));
}"""
ALL_RULES: dict[str, object] = {}
# In the dark a page is the same but for its colours.
RULES = {"light": ALL_RULES, "dark": {"runOnly": ["color-contrast"]}}
# Links in the middle of a sentence are as high as its letters.
SMALL_TARGETS = """() => {
  const isText = (link) =>
    getComputedStyle(link).display === "inline" &&
    link.parentElement.innerText.trim() !== link.innerText.trim();
  const small = [];
  for (const target of document.querySelectorAll(
    "a[href], button, input, select, summary, .choice span, .tab"
  )) {
    const { width, height } = target.getBoundingClientRect();
    const isShown = target.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!isShown || (target.matches("a") && isText(target))) continue;
    if (Math.min(width, height) < 43.9) {
      small.push(`${width}×${height} ${target.outerHTML.slice(0, 120)}`);
    }
  }
  return small;
}"""
OVERFLOWING = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 0.5)
    .map((element) => element.outerHTML.slice(0, 120));
}"""


class EveryState:
    """Tests of one page, as a file of tests shows it."""

    def test_the_policy_refuses_nothing(self, shown: Page, house: House) -> None:
        shown.wait_for_load_state("networkidle")
        assert house.refused == []

    def test_axe_finds_nothing(self, shown: Page) -> None:
        shown.evaluate(AXE.read_text())
        found = []
        for scheme, rules in RULES.items():
            shown.emulate_media(color_scheme=scheme)
            for size in (PHONE, TABLET):
                shown.set_viewport_size(size)
                violations = shown.evaluate(VIOLATIONS, rules)
                found += [f"{scheme}, {size['width']} px: {violation}" for violation in violations]
        assert found == []

    def test_targets_are_as_large_as_a_fingertip(self, shown: Page) -> None:
        shown.set_viewport_size(PHONE)
        assert shown.evaluate(SMALL_TARGETS) == []

    def test_nothing_overflows_a_narrow_phone_or_a_tablet_at_200_percent(self, shown: Page) -> None:
        for size in (NARROW, ZOOMED):
            shown.set_viewport_size(size)
            assert shown.evaluate(OVERFLOWING) == []
