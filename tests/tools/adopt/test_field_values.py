"""Files of Helm values as people have them, through the command that writes a stack's config."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.chart.values import merge_values
from tests.support.field_values import BASE, CASES, PASSWORD, text_of
from tests.support.paths import CHART_FACTS
from tools.adopt.__main__ import main
from tools.adopt.project import Project
from tools.checkout import CHECKOUT
from tools.simulation.simulation import SIMULATION_CHART


class Command:
    """The command in a project of its own; encryption is the engine's, and is only recorded."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (folder / "Pulumi.yaml").write_text((CHECKOUT / "Pulumi.yaml").read_text())
        monkeypatch.chdir(folder)
        monkeypatch.setattr(Project, "select", lambda _: None)
        self.secrets: dict[str, str] = {}
        monkeypatch.setattr(
            Project, "set_secret", lambda _, path, text: self.secrets.update({path: text})
        )
        self._folder = folder
        self._capsys = capsys

    def run(self, text: str, *arguments: str) -> tuple[int, str]:
        """Runs it on a file with this text, and returns its exit code and its output."""
        file = self._folder / "values.yaml"
        file.write_text(text)
        chart = ["--chart", str(SIMULATION_CHART)]
        code = main(["--values", str(file), *chart, *arguments])
        output = self._capsys.readouterr()
        return code, output.out + output.err

    @property
    def written(self) -> str | None:
        file = self._folder / "Pulumi.chat.yaml"
        return file.read_text() if file.exists() else None

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = yaml.safe_load(self.written or "config: {}")["config"]
        return {key.removeprefix("rocketchat:"): value for key, value in config.items()}


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("name", CASES)
def test_values_become_a_config_that_a_preview_accepts_or_a_sentence(
    name: str, command: Command
) -> None:
    case = CASES[name]
    code, output = command.run(text_of(case))
    assert PASSWORD not in output
    if case.refused:
        assert (code, command.written) == (1, None)
        assert case.refused in output
        return
    assert code == 0, output
    assert PASSWORD not in (command.written or "")
    assert {key: command.config.get(key) for key in case.config} == case.config
    assert command.secrets == case.secrets
    for reported in case.reported:
        assert output.count(reported) == 1, output


def test_what_equals_the_charts_defaults_is_left_out(command: Command) -> None:
    defaults = yaml.safe_load((CHART_FACTS / "default-values.yaml").read_text())
    code, output = command.run(yaml.safe_dump(merge_values(defaults, BASE)))
    assert code == 0, output
    assert command.config == {
        "namespace": "chat",
        "host": "chat.example.com",
        "mongodbSecret": "chat-mongodb",
        "ingress": {"enabled": False},
        "chart": command.config["chart"],
    }
    assert "the chart doesn't read it" not in output


def test_values_below_a_key_are_read_by_its_name(command: Command) -> None:
    below = {"umbrella": {**BASE}, "global": {"nodeSelector": {"pool": "chat"}}, "redis": {}}
    code, output = command.run(yaml.safe_dump(below), "--subchart", "umbrella")
    assert code == 0, output
    assert command.config["nodeSelector"] == {"pool": "chat"}


def test_a_host_that_the_values_lack_is_an_option(command: Command) -> None:
    code, output = command.run("existingMongodbSecret: m\n", "--host", "talk.example.com")
    assert code == 0, output
    assert command.config["host"] == "talk.example.com"
