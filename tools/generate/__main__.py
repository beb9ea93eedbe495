"""`python -m tools.generate`: writes every generated file; `--check` only says which differ."""

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.checkout import CHECKOUT

GENERATED = {
    # The inputs' declarations import this one, and so it comes first.
    "components/inputs/by_service.py": "by_service",
    "Pulumi.yaml": "pulumi_yaml",
    "docs/inputs.md": "inputs_page",
    "docs/image-variables.md": "image_variables_page",
    "package/schema.json": "package_schema",
    # It is made from the schema.
    "docs/package.md": "package_page",
    "policy/guardrails/containers.py": "policy_table",
}
"""The files, each with the module of this package that renders it."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on differences")
    check = parser.parse_args(arguments).check
    changed = list(_differences(CHECKOUT, write=not check))
    for name in changed:
        print(f"{name} {'differs: run make generate' if check else 'written'}")
    return 1 if check and changed else 0


def _differences(root: Path, *, write: bool) -> Iterator[str]:
    """Yields each file that isn't as it would be generated, and writes it where asked to."""
    for name, module in GENERATED.items():
        file = root / name
        current = file.read_text(encoding="utf-8") if file.exists() else ""
        renderer = importlib.import_module(f"tools.generate.{module}")
        # Pulumi.yaml is generated in part only.
        rendered = renderer.render(current) if module == "pulumi_yaml" else renderer.render()
        if rendered != current:
            if write:
                file.write_text(rendered, encoding="utf-8")
            yield name


if __name__ == "__main__":
    sys.exit(main())
