"""The page of `--html` in a real browser, as wide as a phone."""

from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from tests.support.browser import check_on_phone, needs_browser
from tests.support.status import HOSTILE, instance, service, unhealthy_report
from tools.status.page import render_page
from tools.status.report import Difference, People

pytestmark = [pytest.mark.engine, needs_browser]


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
    shown = check_on_phone(render_page(report), tmp_path)
    assert escape(HOSTILE, quote=False) in shown
    assert image in shown
