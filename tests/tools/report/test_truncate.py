"""The length of a report, and what is omitted to keep to it."""

import json
import time
from collections.abc import Callable

import pytest

from tests.support.report import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    claim,
    config_map,
    deployment,
    report_of,
    step,
    updated,
)
from tools.report import DEFAULT_LIMIT, Report, build_report, parse_preview, to_markdown


def many_objects() -> Report:
    """1,000 changed objects, of which every tenth is a Deployment that restarts, and a deletion."""
    steps = []
    for i in range(1000):
        if i % 10:
            old, new = (config_map(f"map-{i:04}", a="x", b=value) for value in "xy")
            steps.append(step("update", CONFIG_MAP, f"map-{i:04}", old=old, new=new))
        else:
            old, new = (deployment("presence", tag=tag) for tag in ("8.5.0", "8.6.1"))
            for workload in (old, new):
                workload["metadata"]["name"] = f"other-{i:04}"
                workload["spec"]["selector"]["matchLabels"] = {"app": f"other-{i:04}"}
            steps.append(step("update", DEPLOYMENT, f"other-{i:04}", old=old, new=new))
    return report_of(*steps, step("delete", CLAIM, "chat-rocketchat", old=claim("5Gi")))


def large_config_map() -> Report:
    """A ConfigMap of 1 MB: many lines, one long line, and lines that all differ."""
    lines = "".join(f"setting-{i} = {'x' * 20}\n" for i in range(12_000))
    old = config_map("large", lines=lines, one="y" * 350_000, all=lines)
    new = config_map(
        "large",
        lines=lines.replace("setting-6000 =", "setting-6000 = not"),
        one="z" + "y" * 350_000,
        all=lines.upper(),
    )
    small = [config_map("small", a=value) for value in "xy"]
    return report_of(
        step("update", CONFIG_MAP, "large", old=old, new=new),
        step("update", CONFIG_MAP, "small", old=small[0], new=small[1]),
    )


@pytest.mark.parametrize("make", [many_objects, large_config_map])
def test_a_report_on_any_change_keeps_to_the_limit(make: Callable[[], Report]) -> None:
    started = time.monotonic()
    text = to_markdown([make()])
    print(f"{make}: {time.monotonic() - started:.2f} s, {len(text):,} characters")
    assert len(text) <= DEFAULT_LIMIT
    assert "omitted**" in text


def test_the_least_important_objects_are_omitted_and_counted() -> None:
    text = to_markdown([many_objects()])
    omitted = f"{1001 - text.count('<details>'):,} objects"
    assert f"**{omitted} are omitted**" in text.replace(f"1 diagram and {omitted}", omitted)
    assert "PersistentVolumeClaim/chat-rocketchat" in text
    # Every workload whose pods restart is kept as long as other objects are omitted.
    assert text.count("Deployment/other-") >= 100
    assert text.count("<details>") == text.count("</details>")


def test_an_object_beyond_the_limit_is_omitted_before_less_important_ones() -> None:
    text = to_markdown([large_config_map()])
    assert "ConfigMap/small" in text
    assert "ConfigMap/large" not in text
    assert "**1 object is omitted**" in text


def test_the_complete_report_omits_nothing() -> None:
    text = to_markdown([many_objects()], limit=None)
    assert text.count("<details>") == 1001
    assert "omitted" not in text


@pytest.mark.parametrize("limit", [0, 500, 2_000, 10_000, 30_000])
def test_any_limit_is_kept_unless_the_essential_parts_exceed_it(limit: int) -> None:
    report = many_objects()
    text = to_markdown([report], limit)
    essential = to_markdown([report], 0)
    assert len(text) <= max(limit, len(essential))
    assert "1 risk " in essential
    assert text.count("```") % 2 == 0


def test_only_the_table_is_more_important_than_risks() -> None:
    deletions = [step("delete", CLAIM, f"volume-{i}", old=claim("5Gi")) for i in range(600)]
    for i, deletion in enumerate(deletions):
        deletion["oldState"]["inputs"]["metadata"]["name"] = f"volume-{i}"
    scaled = updated("presence", deployment("presence"), deployment("presence", 3))
    text = to_markdown([report_of(*deletions, scaled)])
    assert len(text) <= DEFAULT_LIMIT
    assert "| **presence** | 1 → **3** |" in text
    assert " risks are omitted**" in text
    assert "<details>" not in text
    assert text.count("- **Deletion:**") > 100


def test_a_long_error_is_omitted_as_a_whole() -> None:
    document = {"diagnostics": [{"severity": "error", "message": "x" * 100_000}]}
    text = to_markdown([build_report(parse_preview(json.dumps(document), "prod"))])
    assert len(text) <= DEFAULT_LIMIT
    assert "**1 error is omitted**" in text
    assert "xxx" not in text
