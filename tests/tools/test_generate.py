"""Generated files are as their sources say."""

import pytest

from tools.generate.__main__ import main
from tools.generate.declarations import Declaration, every, top_level
from tools.generate.pulumi_yaml import describe


def test_every_generated_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_an_outdated_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.generate.inputs_page.render", lambda: "another page")
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/inputs.md differs: run make generate\n"


@pytest.mark.parametrize("declaration", top_level(), ids=lambda found: found.key)
def test_a_description_begins_with_a_type_and_ends_as_a_sentence(
    declaration: Declaration,
) -> None:
    text = describe(declaration)
    assert text.split(".")[0].split(",")[0].split(":")[0] in {
        "String",
        "Integer",
        "Boolean",
        "Object",
        "Array",
    }
    assert text.endswith(".")
    assert "`" not in text


def test_every_input_has_a_description() -> None:
    assert all(declaration.description for declaration in every())
