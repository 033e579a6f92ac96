"""Styles of guests' pages, the board and the kiosk use nothing that Chromium 79 would drop."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[2] / "static" / "css"
# The console has newer browsers.
OLD = ("base", "board", "guest", "kiosk")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
# Newer than Chromium 79 or Safari 13, where there is another way to say it.
PROPERTY = re.compile(
    r"(?:^|;)\s*((?:inset|(?:padding|margin|inset)-(?:inline|block)|aspect-ratio|translate|rotate"
    r"|scale)(?=\s*:)|[\w-]+:[^;]*(?:clamp|color-mix)\()"
)
# A browser that doesn't know one selector of a list drops the whole rule.
SELECTOR = re.compile(r":is\(|:where\(|:not\([^()]*,|&")


def too_new(styles: str) -> list[str]:
    """Return the rules that an old browser drops, in whole or in part."""
    found = []
    for selectors, declarations in RULE.findall(COMMENT.sub("", styles)):
        # Rules with :has() are for newer browsers altogether.
        is_dropped = SELECTOR.search(selectors) and ":has(" not in selectors
        if is_dropped or PROPERTY.search(declarations):
            found.append(f"{selectors.strip()} {{{declarations.strip()}}}")
    return found


@pytest.mark.parametrize("name", OLD)
def test_styles_say_nothing_that_old_browsers_drop(name: str) -> None:
    assert too_new((STYLES / f"{name}.css").read_text()) == []


def test_what_is_too_new_is_found() -> None:
    assert len(too_new("a { inset: 0; } b { font: 1px a; width: clamp(1px, 2px, 3px); }")) == 2
    assert len(too_new("a:is(b, c) { color: red; } .margin-inline { top: 0; }")) == 1
