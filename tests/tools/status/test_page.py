"""The page: whole, escaped, and nothing loaded from elsewhere."""

import re
from html.parser import HTMLParser

from tests.support.status import HOSTILE, report, troubled
from tools.status.page import page


class Texts(HTMLParser):
    """What a browser would show, and which elements and attributes there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def test_everything_is_escaped() -> None:
    texts = Texts(page(troubled()))
    assert HOSTILE in "".join(texts.shown)
    assert "script" not in texts.tags


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page(troubled())
    texts = Texts(text)
    assert texts.tags.isdisjoint({"link", "img", "iframe", "script"})
    assert texts.attributes.isdisjoint({"src", "href", "style"})
    assert not re.search(r"@import|url\(", text)


def test_the_verdict_and_each_reason_come_first() -> None:
    text = page(troubled())
    for words in troubled().troubles:
        assert 0 < text.find(words.split(":")[0]) < text.find("<h2>")
    assert "What was asked for doesn&#x27;t run." in text
    assert "Rocket.Chat 8.6.1 runs as it was asked for." in page(report())


def test_an_empty_column_is_left_out() -> None:
    assert "<th>workspace</th>" in page(troubled())
    assert "<th>workspace</th>" not in page(report())


def test_only_a_watched_page_loads_itself_anew() -> None:
    assert 'http-equiv="refresh" content="5"' in page(report(), 5)
    assert "refresh" not in page(report())
