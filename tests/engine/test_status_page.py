"""The page of `--html` in a real browser, as wide as a phone."""

from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from tests.support.browser import check_on_phone, needs_browser
from tests.support.status import HOSTILE, unhealthy_report
from tools.status.page import render_page
from tools.status.report import Difference

pytestmark = [pytest.mark.engine, needs_browser]


def test_the_page_fits_on_a_phone(tmp_path: Path) -> None:
    image = f"registry.example.com/rocketchat/rocket.chat@sha256:{'0123456789abcdef' * 4}"
    difference = Difference("Deployment/chat-presence", f"runs {image}, desired {image}")
    report = replace(unhealthy_report(), differences=[difference], namespace="chat" * 30)
    shown = check_on_phone(render_page(report), tmp_path)
    assert escape(HOSTILE, quote=False) in shown
    assert image in shown
