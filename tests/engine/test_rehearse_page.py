"""The page of a rehearsal in a real browser, as wide as a phone."""

from html import escape
from pathlib import Path

import pytest

from tests.support.browser import check_on_phone, needs_browser
from tests.support.rehearsal import CROWDED
from tests.support.status import HOSTILE
from tools.rehearse.page import render_page

pytestmark = [pytest.mark.engine, needs_browser]


def test_the_page_fits_on_a_phone(tmp_path: Path) -> None:
    shown = check_on_phone(render_page([CROWDED], HOSTILE), tmp_path)
    assert escape(HOSTILE, quote=False) in shown
    assert shown.count("<svg") == 5
    assert max(CROWDED.nodes) in shown
