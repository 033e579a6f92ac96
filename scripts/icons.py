"""Draw the icons of the installed app from their two drawings: python -m scripts.icons."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from scripts.browser import FLAGS, chromium

ICONS = Path(__file__).parent.parent / "static" / "icons"


def main() -> None:
    """Write every PNG beside the drawings."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        draw(page, "icon.svg", "icon-192.png", 192)
        draw(page, "icon.svg", "icon-512.png", 512)
        draw(page, "badge.svg", "badge.png", 96)
        # The system cuts these to its own shape: no corners of ours, and the line in the middle.
        draw(page, "icon.svg", "maskable-512.png", 512, "#ground{rx:0}#mark{scale:.94}")
        draw(page, "icon.svg", "apple-touch-icon.png", 180, "#ground{rx:0}#mark{scale:1.04}")
        browser.close()


def draw(page: Page, drawing: str, name: str, size: int, style: str = "") -> None:
    """Render one drawing at a size in px."""
    svg = (ICONS / drawing).read_text()
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(
        f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}"
        f"#mark{{transform-origin:center}}{style}</style>{svg}"
    )
    page.screenshot(path=ICONS / name, omit_background=True)


if __name__ == "__main__":
    main()
