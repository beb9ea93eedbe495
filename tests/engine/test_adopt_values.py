"""What `tools.adopt` writes for Helm values as people have them previews on the real engine."""

import pytest

from tests.support.field_values import CASES, PASSWORD, text_of
from tests.support.program import CHART, Program
from tools.adopt.__main__ import main

pytestmark = pytest.mark.engine
ACCEPTED = [name for name, case in CASES.items() if not case.refused]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_written_previews(
    name: str, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    file = program.simulation.folder / "values.yaml"
    file.write_text(text_of(CASES[name]))
    command = ["--simulated", "--values", str(file), "--stack", "values", "--chart", CHART]
    assert main(command, program.simulation) == 0
    file.unlink()
    done = program.run("preview", "--stack", "values", "--color", "never")
    output = done.stdout + done.stderr + capsys.readouterr().out
    assert done.returncode == 0, output
    assert PASSWORD not in output
    assert program.files_with(PASSWORD) == []
