"""The input `chart`: which package is rendered."""

import pytest

from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.resolve import resolve_chart
from components.inputs.spec import ChartSource
from tests.support.components import CANARY, problems_of


@pytest.mark.parametrize(
    ("given", "source"),
    [
        pytest.param(
            {}, ChartSource("7.0.2", REPOSITORY, CHART_DIGESTS["7.0.2"], None), id="the default"
        ),
        pytest.param(
            {"version": "6.32.1"},
            ChartSource("6.32.1", REPOSITORY, CHART_DIGESTS["6.32.1"], None),
            id="a known version",
        ),
        pytest.param(
            {"version": "7.1.0", "digest": "a" * 64},
            ChartSource("7.1.0", REPOSITORY, "a" * 64, None),
            id="a version with its digest",
        ),
        pytest.param(
            {"repository": "https://mirror.example.com/charts"},
            ChartSource("7.0.2", "https://mirror.example.com/charts", CHART_DIGESTS["7.0.2"], None),
            id="a mirror",
        ),
        pytest.param(
            {"path": "chart.tgz"}, ChartSource("7.0.2", REPOSITORY, None, "chart.tgz"), id="a path"
        ),
        pytest.param(
            {"path": "chart.tgz", "digest": "a" * 64},
            ChartSource("7.0.2", REPOSITORY, "a" * 64, "chart.tgz"),
            id="a path with its digest",
        ),
    ],
)
def test_every_version_is_pinned_and_a_path_need_not_be(
    given: dict[str, str], source: ChartSource
) -> None:
    assert resolve_chart(given) == source


@pytest.mark.parametrize(
    "url", ["", "charts", "ftp://x", "file:///x", "http://[", "https://", "//x", f"x:{CANARY}@y"]
)
def test_a_repository_that_is_no_web_address_is_refused(url: str) -> None:
    (message,) = problems_of(lambda: resolve_chart({"repository": url}))
    assert message.startswith("chart.repository: got ")
    assert message.endswith("; allowed is a URL that begins with https:// or oci://.")
    assert CANARY not in message


def test_the_first_known_version_is_the_default() -> None:
    assert list(CHART_DIGESTS) == ["7.0.2", "6.32.1", "6.26.0"]
    assert {len(digest) for digest in CHART_DIGESTS.values()} == {64}
    assert REPOSITORY == "https://rocketchat.github.io/helm-charts"
