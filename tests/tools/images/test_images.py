"""`python -m tools.images` on the simulation's chart."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT, SIMULATION_CHART
from tools.images.__main__ import main

TAG = "8.6.1"
SHA256 = f"sha256:{'0' * 64}"
DEDICATED = ("account", "authorization", "ddp-streamer", "presence")


def _write(folder: Path, **config: object) -> None:
    inputs = {"host": "chat.example.com", "mongodbSecret": "db", **config}
    content = {"config": {f"rocketchat:{key}": value for key, value in inputs.items()}}
    (folder / "Pulumi.test.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def _run(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    arguments = ["--stack", "test", "--cwd", str(folder), "--chart", str(SIMULATION_CHART)]
    assert main([*arguments, *more]) == 0
    return capsys.readouterr().out


def test_every_image_is_printed_once_as_the_chart_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, image={"tag": TAG, "registry": "mirror.example.com"}, replicaCount=2)
    lines = _run(tmp_path, capsys).splitlines()
    assert lines == sorted(set(lines))
    assert not any("mirror.example.com" in line for line in lines)
    assert {f"rocketchat/{name}-service:{TAG}" for name in DEDICATED} < set(lines)
    assert any(line.startswith("nats:") for line in lines)


def test_a_pinned_image_has_its_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, mode="monolith", image={"tag": f"{TAG}@{SHA256}"})
    (line,) = _run(tmp_path, capsys).splitlines()
    assert line.endswith(f"/rocket.chat:{TAG}@{SHA256}")


def test_what_is_encrypted_decides_on_no_image_but_whether_nats_is_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, natsUrl={"secure": "v1:CANARY"}, license={"secure": "v1:CANARY"})
    printed = _run(tmp_path, capsys)
    assert "CANARY" not in printed
    assert "nats" not in printed


def test_haulers_manifest_has_the_images_and_the_chart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path)
    (images,) = yaml.safe_load_all(_run(tmp_path, capsys, "--hauler"))
    assert (images["apiVersion"], images["kind"]) == ("content.hauler.cattle.io/v1", "Images")
    names = [image["name"] for image in images["spec"]["images"]]
    assert names == _run(tmp_path, capsys).splitlines()


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("[", "isn't a stack's config file"),
        ("config: {rocketchat:host: Chat}", "host: got"),
        ("config: [1]", "isn't a stack's config file"),
        ("config: {}", "host"),
    ],
)
def test_a_file_that_is_wrong_is_reported_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reported: str
) -> None:
    (tmp_path / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
    assert main(["--stack", "test", "--cwd", str(tmp_path)]) == 1
    assert reported in capsys.readouterr().err


def test_values_that_helm_refuses_are_an_error_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path)
    chart = tmp_path / "chart"
    shutil.copytree(SIMULATION_CHART, chart)
    (chart / "templates" / "broken.yaml").write_text('{{ fail "no" }}', encoding="utf-8")
    arguments = ["--stack", "test", "--cwd", str(tmp_path), "--chart", str(chart)]
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert "The chart can't be rendered with these values: execution error" in printed


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_examples_have_images(stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--stack", stack, "--cwd", str(ROOT), "--chart", str(SIMULATION_CHART)]
    assert main(arguments) == 0
    assert len(capsys.readouterr().out.splitlines()) >= len(DEDICATED)
