"""The page is complete and escaped, and loads nothing from elsewhere."""

import re
from html.parser import HTMLParser

from tests.support.status import HOSTILE, healthy_report, unhealthy_report
from tools.status.page import render_page


class Page(HTMLParser):
    """The texts that a browser would show, and the names of all elements and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_everything_is_escaped() -> None:
    page = Page(render_page(unhealthy_report()))
    assert HOSTILE in "".join(page.texts)
    assert "script" not in page.tags


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = render_page(unhealthy_report())
    page = Page(html)
    assert page.tags.isdisjoint({"link", "img", "iframe", "script"})
    assert page.attributes.isdisjoint({"src", "href", "style"})
    assert not re.search(r"@import|url\(", html)


def test_the_verdict_and_every_problem_come_first() -> None:
    html = render_page(unhealthy_report())
    for problem in unhealthy_report().problems:
        assert 0 < html.find(problem.split(":")[0]) < html.find("<h2>")
    assert "The workspace doesn&#x27;t run as configured." in html
    assert "Rocket.Chat 8.6.1 runs as configured." in render_page(healthy_report())


def test_an_empty_column_is_left_out() -> None:
    assert "<th>workspace</th>" in render_page(unhealthy_report())
    assert "<th>workspace</th>" not in render_page(healthy_report())


def test_only_a_page_with_watch_reloads_itself() -> None:
    assert 'http-equiv="refresh" content="5"' in render_page(healthy_report(), 5)
    assert "refresh" not in render_page(healthy_report())
