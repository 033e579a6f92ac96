"""Promises to honest clients are kept beside clients that misbehave, in a small load."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.running_service import ROOT

pytestmark = pytest.mark.long

# A few seconds of everything; how fast it is, a machine that does other things cannot say.
SMALL = {"GUESTS": "40", "QUEUES": "8", "SOCKETS": "8", "ABUSERS": "120", "ABUSE_S": "30"}
SMALL |= {"DURATION": "10", "STEPS": "0", "P99_MS": "0"}
HANGS_S = 600
KINDS = ["slow bodies", "dead push services", "guesses", "floods"]


def test_honest_clients_notice_nothing_of_those_that_misbehave() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "load"],
        cwd=ROOT,
        env={**os.environ, **SMALL},
        stdout=subprocess.PIPE,
        text=True,
        timeout=HANGS_S,
    )

    said = ended.stdout
    assert re.findall("^  beside ([a-z ]+?)  ", said, re.MULTILINE) == KINDS
    assert "BROKEN" not in said, said
    assert ended.returncode == 0
    # They did what they are there for.
    for answer in ("slow form: 408", "call: 200", "PIN: 403", "code in the API: 429"):
        assert f" {answer}" in said, said
    assert " socket: 429" in said, said
