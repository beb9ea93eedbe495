import re

from tests.support.rehearsal import CROWDED
from tools.rehearse.page import render_page


def test_the_page_plots_what_changes_and_nothing_else() -> None:
    page = render_page([CROWDED], "prod")
    captions = re.findall("<figcaption>(.*?)</figcaption>", page)
    assert captions == [
        "People",
        "ddp-streamer",
        "presence",
        "CPU of the fullest nodes",
        "Memory of the fullest nodes",
    ]
    assert "set replicas.ddpStreamer to 10, which fit." in page


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = render_page([CROWDED], "prod")
    assert not re.search(r"<script|\bsrc=|\bhref=|@import|url\(", page)
