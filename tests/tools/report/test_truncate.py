"""How long a report may be, and what is left out of it."""

import json
import time
from collections.abc import Callable

import pytest

from tests.support import report as made
from tools.report import LIMIT, Report, document, read, understand


def many_objects() -> Report:
    """1,000 objects that change: every tenth is a Deployment that rolls."""
    steps = []
    for i in range(1000):
        if i % 10:
            old, new = (made.config_map(f"map-{i:04}", a="x", b=value) for value in "xy")
            steps.append(made.step("update", made.CONFIG_MAP, f"map-{i:04}", old=old, new=new))
        else:
            old, new = (made.deployment("presence", tag=tag) for tag in ("8.5.0", "8.6.1"))
            for one in (old, new):
                one["metadata"]["name"] = f"other-{i:04}"
                one["spec"]["selector"]["matchLabels"] = {"app": f"other-{i:04}"}
            steps.append(made.step("update", made.DEPLOYMENT, f"other-{i:04}", old=old, new=new))
    removed = made.step("delete", made.CLAIM, "chat-rocketchat", old=made.claim("5Gi"))
    return made.report(*steps, removed)


def large_map() -> Report:
    """A ConfigMap of 1 MB: many lines, one line, and lines that all differ."""
    lines = "".join(f"setting-{i} = {'x' * 20}\n" for i in range(12_000))
    old = made.config_map("large", lines=lines, one="y" * 350_000, all=lines)
    new = made.config_map(
        "large",
        lines=lines.replace("setting-6000 =", "setting-6000 = not"),
        one="z" + "y" * 350_000,
        all=lines.upper(),
    )
    small = [made.config_map("small", a=value) for value in "xy"]
    return made.report(
        made.step("update", made.CONFIG_MAP, "large", old=old, new=new),
        made.step("update", made.CONFIG_MAP, "small", old=small[0], new=small[1]),
    )


@pytest.mark.parametrize("make", [many_objects, large_map])
def test_however_much_changes_the_report_keeps_to_its_length(make: Callable[[], Report]) -> None:
    begun = time.monotonic()
    text = document([make()])
    print(f"{make}: {time.monotonic() - begun:.2f} s, {len(text):,} characters")
    assert len(text) <= LIMIT
    assert "left out here" in text


def test_the_safest_objects_are_left_out_and_counted() -> None:
    report = many_objects()
    text = document([report])
    shown = text.count("<details>")
    assert f"**{1001 - shown:,} objects are left out here**" in text.replace(
        f"{1001 - shown:,} objects and 1 picture", f"{1001 - shown:,} objects"
    )
    assert "PersistentVolumeClaim/chat-rocketchat" in text
    # Whatever rolls pods stays as long as anything is left out that doesn't.
    assert text.count("Deployment/other-") >= 100
    assert text.count("<details>") == text.count("</details>")


def test_what_is_too_long_by_itself_goes_before_what_is_safer() -> None:
    text = document([large_map()])
    assert "ConfigMap/small" in text
    assert "ConfigMap/large" not in text
    assert "**1 object is left out here**" in text


def test_the_complete_report_leaves_nothing_out() -> None:
    report = many_objects()
    text = document([report], limit=None)
    assert text.count("<details>") == 1001
    assert "left out" not in text


@pytest.mark.parametrize("limit", [0, 500, 2_000, 10_000, 30_000])
def test_any_length_is_kept_to_as_far_as_there_is_anything_to_leave_out(limit: int) -> None:
    report = many_objects()
    text = document([report], limit)
    least = document([report], 0)
    assert len(text) <= max(limit, len(least))
    assert "thing to stop for" in least
    assert text.count("```") % 2 == 0


def test_things_to_stop_for_outlast_everything_but_the_table() -> None:
    steps = [
        made.step("delete", made.CLAIM, f"volume-{i}", old=made.claim("5Gi")) for i in range(600)
    ]
    for i, one in enumerate(steps):
        one["oldState"]["inputs"]["metadata"]["name"] = f"volume-{i}"
    scaled = made.changed("presence", made.deployment("presence"), made.deployment("presence", 3))
    text = document([made.report(*steps, scaled)])
    assert len(text) <= LIMIT
    assert "| **presence** | 1 → **3** |" in text
    assert "things to stop for are left out here" in text
    assert "<details>" not in text
    assert text.count("- **Deletion:**") > 100


def test_a_long_error_is_told_or_counted_and_never_cut() -> None:
    told = {"diagnostics": [{"severity": "error", "message": "x" * 100_000}]}
    text = document([understand(read(json.dumps(told), "prod"))])
    assert len(text) <= LIMIT
    assert "**1 error is left out here**" in text
    assert "xxx" not in text
