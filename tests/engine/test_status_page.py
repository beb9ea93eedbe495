"""The page of `--html` in a real browser, as wide as a phone."""

import re
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from tests.support.status import HOSTILE, instance, service, unhealthy_report
from tools.status.page import render_page
from tools.status.report import Difference, People

BROWSER = Path("/usr/bin/chromium")
PHONE = 390
"""The width of a common phone, in pixels."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The measured page is a file, in a frame of another file.
    "--allow-file-access-from-files",
)

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not BROWSER.exists(), reason=f"{BROWSER} isn't installed"),
]

MEASURE = """<!doctype html><body><iframe src="status.html" width="{width}" height="9000"
style="border:0"></iframe><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument
  document.body.dataset.scripts = page.scripts.length
  document.body.dataset.width = page.documentElement.scrollWidth
  document.body.dataset.outside = [...page.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > {width}).length
}}
</script></body>
"""
"""Measures the page in a frame that is too high to need a scroll bar, which a phone hasn't."""


def dump(file: Path, profile: Path) -> str:
    """Returns the document after the browser has loaded it."""
    done = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_the_page_fits_on_a_phone(tmp_path: Path) -> None:
    image = f"registry.example.com/rocketchat/rocket.chat@sha256:{'0123456789abcdef' * 4}"
    difference = Difference("Deployment/chat-presence", f"runs {image}, desired {image}")
    streamers = [instance(f"chat-ddp-streamer-7b9bfcf57c-{i}", people=250 * i) for i in range(4)]
    report = unhealthy_report()
    report = replace(
        report,
        differences=[difference],
        namespace="chat" * 30,
        services=[*report.services, service("ddp-streamer", *streamers, desired=4)],
        people=People(
            connected=1500, capacity=2000, unknown=0, per_instance=500, max_replicas=None
        ),
    )
    (tmp_path / "status.html").write_text(render_page(report), encoding="utf-8")
    (tmp_path / "measure.html").write_text(MEASURE.format(width=PHONE), encoding="utf-8")

    shown = dump(tmp_path / "status.html", tmp_path / "profile")
    assert escape(HOSTILE, quote=False) in shown
    assert image in shown
    assert "<script" not in shown

    measured = dict(
        re.findall(r'data-(\w+)="(\d+)"', dump(tmp_path / "measure.html", tmp_path / "profile"))
    )
    assert measured == {"scripts": "0", "width": str(PHONE), "outside": "0"}
