"""Scripts are written in the syntax that the browsers named in README can read."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.running_service import ROOT

ACORN = ROOT / "node_modules" / "acorn" / "dist" / "acorn.js"
SCRIPTS = ROOT / "static" / "js"
PARSE = """([text, ecmaVersion]) => {
  try {
    acorn.parse(text, { ecmaVersion, sourceType: "module" });
    return null;
  } catch ({ message }) {
    return message;
  }
}"""
# Every browser reads it, to be told what it lacks.
OLDEST = 5
# Chromium 79 and Safari 13: no ?., no ??, no private methods.
ROOM_AND_GUESTS = 2019
# Chromium 108 and Safari 16.
HOSTS = 2022


def level(script: Path) -> int:
    """Return the edition of ECMAScript that a script may use."""
    if script.name == "old-browsers.js":
        return OLDEST
    return HOSTS if script.is_relative_to(SCRIPTS / "host") else ROOM_AND_GUESTS


@pytest.fixture(scope="module")
def unreadable(browser: Browser) -> dict[str, str]:
    """What is newer than it may be, by script."""
    page = browser.new_page()
    page.add_script_tag(path=ACORN)
    assert page.evaluate(PARSE, ["a?.b", ROOM_AND_GUESTS]) is not None
    found = {}
    for script in [*SCRIPTS.rglob("*.js"), ROOT / "static" / "sw.js"]:
        text = script.read_text()
        if message := page.evaluate(PARSE, [text, level(script)]):
            found[str(script.relative_to(ROOT))] = message
    page.close()
    return found


def test_every_script_is_in_the_syntax_of_its_oldest_browser(unreadable: dict[str, str]) -> None:
    assert unreadable == {}, json.dumps(unreadable, indent=2)
