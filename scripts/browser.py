"""Which browser the scripts, the measurements and the tests drive: the system's Chromium."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
# The same engine without the window around it takes two thirds of the processor's time, but shows
# no notifications.
HEADLESS_SHELL = "chromium-headless-shell"
# The address bar's lists of suggestions are pages of their own. Each new window loads them, which
# costs four times as much as an empty page.
NO_SUGGESTIONS = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"]
# What Playwright turns off by itself: a second list takes the place of the first one.
AS_PLAYWRIGHT = [
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
# Twice the usual size of text, as people set it in their browser.
LARGE_TEXT = "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"
# Without a screen, without a sandbox in containers, and quiet: it would look for its maker's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--disable-features={','.join(AS_PLAYWRIGHT + NO_SUGGESTIONS)}",
]


def chromium() -> str:
    """Return the program: CHROMIUM of the environment, else the first one that is installed."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit("No Chromium was found: install it, or name it in CHROMIUM.")
    return found


def headless_shell() -> str:
    """Return the program for all that is neither a push nor a notification: the cheapest one."""
    return os.environ.get("CHROMIUM") or shutil.which(HEADLESS_SHELL) or chromium()
