"""The config that README.md and docs/ show is valid, in a stack with what every one needs."""

import json
import re
from typing import Any

import pytest
import yaml

from components.inputs.resolve import resolve
from components.inputs.stack_config import parse_config
from tests.support.paths import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NEEDED = {"host": "chat.example.com", "mongodbSecret": "chat-mongodb"}


def _blocks() -> list[Any]:
    blocks = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found = re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
        for i, block in enumerate(found):
            content = yaml.safe_load(block)
            if isinstance(content, dict) and all(key.startswith("rocketchat:") for key in content):
                blocks.append(pytest.param(content, id=f"{page.name} {i}"))
    return blocks


@pytest.mark.parametrize("content", _blocks())
def test_a_config_that_a_page_shows_is_valid(content: dict[str, Any]) -> None:
    shown = {key.removeprefix("rocketchat:"): value for key, value in content.items()}
    values = {**NEEDED, **shown}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }
    config = parse_config(texts, ())
    assert resolve(config.args, config.errors).host == "chat.example.com"


def test_there_are_blocks_to_check() -> None:
    assert len(_blocks()) > 10
