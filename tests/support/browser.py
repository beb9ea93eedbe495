"""A real browser, and what it makes of a page on a phone."""

import re
import subprocess
from pathlib import Path

import pytest

BROWSER = Path("/usr/bin/chromium")
PHONE = 390
"""The width of a common phone, in pixels."""
_FLAGS = (
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
_MEASURE = """<!doctype html><body><iframe src="page.html" width="{width}" height="9000"
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

needs_browser = pytest.mark.skipif(not BROWSER.exists(), reason=f"{BROWSER} isn't installed")


def check_on_phone(page: str, folder: Path) -> str:
    """Returns a page as the browser has loaded it.

    Fails if the page has scripts, or anything in it is wider than a phone.

    Args:
        page: The page.
        folder: An empty folder.
    """
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    measure = folder / "measure.html"
    measure.write_text(_MEASURE.format(width=PHONE), encoding="utf-8")
    profile = folder / "profile"
    measured = dict(re.findall(r'data-(\w+)="(\d+)"', _load(measure, profile)))
    assert measured == {"scripts": "0", "width": str(PHONE), "outside": "0"}
    return _load(file, profile)


def _load(file: Path, profile: Path) -> str:
    """The document after the browser has loaded it."""
    done = subprocess.run(
        [BROWSER, *_FLAGS, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout
