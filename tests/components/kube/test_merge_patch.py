"""Merge patches of pod templates."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from components.kube.merge_patch import create_merge_patch, merge_patch

NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.text("xyz", max_size=2) | st.integers(0, 3) | st.booleans()


def _containers() -> st.SearchStrategy[list[dict[str, Any]]]:
    fields = {
        "value": LEAVES,
        "ports": st.lists(LEAVES, max_size=2),
        "resources": st.dictionaries(NAMES, LEAVES, max_size=2),
    }
    container = st.fixed_dictionaries({"name": NAMES}, optional=fields)
    return st.lists(container, max_size=3, unique_by=lambda item: item["name"])


TEMPLATES = st.fixed_dictionaries(
    {"spec": st.fixed_dictionaries({"containers": _containers()}, optional={"volumes": LEAVES})},
    optional={"metadata": st.dictionaries(NAMES, st.dictionaries(NAMES, LEAVES))},
)


@given(TEMPLATES, TEMPLATES)
def test_created_patch_turns_one_template_into_the_other(
    template: dict[str, Any],
    target: dict[str, Any],
) -> None:
    before = deepcopy(template)
    assert merge_patch(template, create_merge_patch(template, target)) == target
    assert template == before
    assert create_merge_patch(template, template) == {}


def test_single_variables_are_patched_by_name() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]
    patch = {"env": {"B": {"value": None, "valueFrom": {"secretKeyRef": {"name": "s"}}}, "C": None}}
    assert merge_patch({"env": env}, patch) == {
        "env": [env[0], {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
    }
