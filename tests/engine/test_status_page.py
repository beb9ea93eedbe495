"""The page of `--html` in a real browser, as a phone shows it."""

import re
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from tests.support.status import HOSTILE, troubled
from tools.status.page import page
from tools.status.report import Difference

BROWSER = Path("/usr/bin/chromium")
PHONE = 390
"""Pixels, the width of a common phone."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The frame is a file, and so is the page that measures it.
    "--allow-file-access-from-files",
)

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not BROWSER.exists(), reason=f"there is no {BROWSER}"),
]

# High enough for no scroll bar, which takes room that a phone gives to the page.
MEASURE = """<!doctype html><body><iframe src="status.html" width="{width}" height="9000"
style="border:0"></iframe><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument
  document.body.dataset.scripts = page.scripts.length
  document.body.dataset.width = page.documentElement.scrollWidth
  document.body.dataset.beyond = [...page.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > {width}).length
}}
</script></body>
"""


def dump(file: Path, profile: Path) -> str:
    """The document as the browser has it after it was loaded."""
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_a_phone_shows_all_of_it(tmp_path: Path) -> None:
    image = f"registry.example.com/rocketchat/rocket.chat@sha256:{'0123456789abcdef' * 4}"
    drift = Difference("Deployment/chat-presence", f"runs {image}; asked for {image}")
    held = replace(troubled(), differences=[drift], namespace="chat" * 30)
    (tmp_path / "status.html").write_text(page(held), encoding="utf-8")
    (tmp_path / "measure.html").write_text(MEASURE.format(width=PHONE), encoding="utf-8")

    shown = dump(tmp_path / "status.html", tmp_path / "profile")
    assert escape(HOSTILE, quote=False) in shown
    assert image in shown
    assert "<script" not in shown

    measured = dict(
        re.findall(r'data-(\w+)="(\d+)"', dump(tmp_path / "measure.html", tmp_path / "profile"))
    )
    assert measured == {"scripts": "0", "width": str(PHONE), "beyond": "0"}
