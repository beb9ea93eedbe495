"""The Helm values that a chart knows, and warnings about those that it doesn't."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.chart.known_values import known_keys, template_fields, unknown_keys
from tests.support.components import default_values, packed, refusal

FILES = {
    "values.yaml": b'image: {tag: ".quoted_in_values"}\npodLabels: {}\nextraEnv: null\n',
    "templates/a.yaml": b"{{ .Values.license }} {{ with .Values.service.nodePort }}{{ end }}",
    "templates/deeper/b.tpl": b"{{- if .Values.federation.enabled -}}",
    "charts/nats/Chart.yaml": b"name: nats",
    "charts/nats/values.yaml": b"cluster: {replicas: 3}\n",
    "charts/nats/templates/c.yaml": b"{{ .Values.nats.image }}",
    "README.md": b"{{ .Values.documented.and.ignored }}",
}
KEYS: dict[str, Any] = {
    "image": {"tag": {}},
    "podLabels": {},
    "extraEnv": {},
    "license": {},
    "service": {"nodePort": {}},
    "federation": {"enabled": {}},
    "nats": {"cluster": {"replicas": {}}, "nats": {"image": {}}},
}
package_or_folder = pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])


@package_or_folder
def test_a_chart_knows_the_keys_that_it_has_defaults_for_and_those_that_it_reads(
    write_chart: Callable[..., Path],
    package: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert known_keys(write_chart(FILES, package=package)) == KEYS


@package_or_folder
def test_a_chart_reads_fields_by_any_name_in_its_templates(
    write_chart: Callable[..., Path],
    package: bool,  # noqa: FBT001 - a row of the table
) -> None:
    template = b'{{ range $s := .Values.list }}{{ $s.inner }}{{ get $s "quoted" }}{{ end }}'
    found = template_fields(write_chart({**FILES, "templates/x.yaml": template}, package=package))
    assert {"inner", "quoted", "license", "nodePort", "image"} <= found
    assert found.isdisjoint({"documented", "ignored", "podLabels", "quoted_in_values"})


@package_or_folder
@pytest.mark.parametrize("name", ["charts/mongodb-1.0.0.tgz", "icon.png", ".git/index", "x.yaml"])
def test_binary_files_are_ignored(
    write_chart: Callable[..., Path],
    package: bool,  # noqa: FBT001 - a row of the table
    name: str,
) -> None:
    assert known_keys(write_chart({**FILES, name: packed()}, package=package)) == KEYS


def test_keys_that_a_yaml_alias_repeats_are_known_in_each_place(
    write_chart: Callable[..., Path],
) -> None:
    values = b"a: &a {b: {c: 1}}\nd: *a\ne: {f: *a}\n"
    keys = known_keys(write_chart({"values.yaml": values}, package=True))
    assert keys["a"] == keys["d"] == keys["e"]["f"] == {"b": {"c": {}}}


@pytest.mark.parametrize("values", [b"a: [", b"a: 2024-99-99"])
def test_a_values_file_that_is_no_yaml_is_refused(
    write_chart: Callable[..., Path], values: bytes
) -> None:
    path = write_chart({"values.yaml": values}, package=True)
    message = refusal(lambda: known_keys(path))
    assert message.startswith("chart.path: chart.tgz isn't a complete chart (")


KNOWN: Any = {
    "podLabels": {},
    "image": {"tag": {}, "pullPolicy": {}},
    "microservices": {"presence": {"nodeSelector": {}}},
}


@pytest.mark.parametrize(
    ("values", "warnings"),
    [
        pytest.param({"podLabels": {"any": {"key": 1}}}, [], id="an object of any keys"),
        pytest.param({"image": {"pullPolicy": "Always"}}, [], id="a known key"),
        pytest.param(
            {"podLabel": {}},
            ["values: the chart has no key podLabel, and Helm ignores it. Did you mean podLabels?"],
            id="a typo",
        ),
        pytest.param(
            {"image": {"pullpolicy": "Always", "colour": "red"}},
            [
                (
                    "values: the chart has no key image.pullpolicy, and Helm ignores it. Did you"
                    " mean image.pullPolicy?"
                ),
                "values: the chart has no key image.colour, and Helm ignores it.",
            ],
            id="two nested keys",
        ),
        pytest.param(
            {"microservices": {"presense": {"nodeSelector": {}}}},
            [
                (
                    "values: the chart has no key microservices.presense, and Helm ignores it. Did"
                    " you mean microservices.presence?"
                ),
            ],
            id="a typo in an object's key is reported once",
        ),
        pytest.param(
            {1: 2}, ["values: the chart has no key 1, and Helm ignores it."], id="a number as a key"
        ),
    ],
)
def test_keys_that_the_chart_ignores_are_warned_about(
    values: dict[Any, Any], warnings: list[str]
) -> None:
    assert list(unknown_keys(values, KNOWN)) == warnings


def test_a_key_that_a_template_may_read_somewhere_is_not_warned_about() -> None:
    values = {"microservices": {"presence": {"colour": 1}}, "colour": {"x": 1}, "size": 1}
    (warning,) = unknown_keys(values, KNOWN, {"colour"})
    assert warning == "values: the chart has no key size, and Helm ignores it."


def test_every_key_of_the_charts_default_values_is_known(chart: Path) -> None:
    assert list(unknown_keys(default_values(), known_keys(chart))) == []


@pytest.mark.parametrize(
    "template",
    [
        b"{{- with .Values.context }}\na:\n  {{- toYaml . | nindent 8 }}{{ end }}",
        b"{{ toYaml .Values.context | indent 4 }}",
        b'{{ include "render" (dict "value" .Values.context "context" $) }}',
    ],
)
def test_what_a_template_takes_as_a_whole_may_hold_any_key(
    write_chart: Callable[..., Path], template: bytes
) -> None:
    files = {**FILES, "values.yaml": b"context: {user: 1}\n", "templates/x.yaml": template}
    assert known_keys(write_chart(files, package=False))["context"] == {}
    files["templates/x.yaml"] = b"{{ with .Values.context }}{{ .user }}{{ end }}"
    assert known_keys(write_chart(files, package=False))["context"] == {"user": {}}
