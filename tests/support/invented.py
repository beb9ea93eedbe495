"""Adds a service and an input that don't exist to a copy of the program.

Run in the copy, this module prints as JSON where the two turn up.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.support.paths import CHART_FACTS, ROOT

SERVICE_ROW = 'SEARCH = _dedicated("search", "full-text search", "search-service")'
ADDED_ROW = """TRANSLATION = Service(
    name="translation",
    description="automatic translation",
    kind="Deployment",
    container="translation-service",
    health="/health",
    dedicated=True,
)"""
FIELD = '''    """The TLS Secret with the certificate of `host`."""
'''
NEW_FIELD = '''    path: NotRequired[str]
    """The path below which the workspace answers."""
'''
ROW = """    Input("service", default={}),
"""
NEW_ROW = """    Input(
        "ingress.path",
        default="/",
        validate=Check(lambda path: path.startswith("/"), "a path that begins with /"),
        helm="ingress.path",
    ),
"""
ADDITIONS = {
    "components/services.py": (
        "SERVICES = (\n",
        f"{SERVICE_ROW}\n{ADDED_ROW}\nSERVICES = (\n    SEARCH,\n    TRANSLATION,\n",
    ),
    "components/inputs/args.py": (FIELD, f"{FIELD}{NEW_FIELD}"),
    "components/inputs/definitions.py": (ROW, f"{NEW_ROW}{ROW}"),
}
"""By file: a text in it, and the text to put in its place. Nothing else is edited."""


def add_to_copy(folder: Path) -> None:
    """Copies the program and its tools to `folder`, makes the additions, and generates."""
    for name in ("components", "tools", "tests/support", "package", "policy", "docs"):
        ignore = shutil.ignore_patterns("__pycache__", "venv")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    (folder / "tests/__init__.py").touch()
    for name in ("Pulumi.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name, (before, after) in ADDITIONS.items():
        source = (folder / name).read_text(encoding="utf-8")
        assert source.count(before) == 1, name
        (folder / name).write_text(source.replace(before, after), encoding="utf-8")
    run_in(folder, "tools.generate")


def run_in(folder: Path, module: str) -> str:
    """Runs a module of the copy; returns what it prints."""
    return subprocess.run(
        [sys.executable, "-m", module], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def _find() -> dict[str, Any]:
    # Of the copy, in which they know the invented service.
    from components.chart.package import Chart  # noqa: PLC0415
    from components.chart.values import helm_values  # noqa: PLC0415
    from components.inputs.errors import ValidationErrors  # noqa: PLC0415
    from components.inputs.ownership import check_values  # noqa: PLC0415
    from components.inputs.resolve import resolve  # noqa: PLC0415
    from components.manifests.endpoints import endpoints  # noqa: PLC0415
    from components.manifests.patches import apply_patches  # noqa: PLC0415
    from components.manifests.verify import mismatches  # noqa: PLC0415
    from tests.support.report import deployment, report_of, updated  # noqa: PLC0415
    from tools.helm_template import parse_manifests  # noqa: PLC0415
    from tools.status.desired import service_name  # noqa: PLC0415

    spec = resolve(
        {
            "host": "chat.example.com",
            "mongodb_secret": "chat-mongodb",
            "namespace": "chat",
            "replicas": {"search": 3, "translation": 2},
            "services": {"search": {"resources": {"requests": {"cpu": "1"}}}},
            "ingress": {"path": "/chat"},
        }
    )
    errors = ValidationErrors()
    check_values({"values": {"ingress": {"path": "/"}}}, errors)
    chart = Chart(Path(), "7.0.2", "8.6.1")
    text = (CHART_FACTS / "ingress-tls.manifests.yaml").read_text(encoding="utf-8")
    rendered = parse_manifests(text, "chat")
    presence = [obj for obj in rendered if obj["metadata"]["name"] == "chat-presence"]
    search = yaml.safe_load(yaml.safe_dump(presence).replace("presence", "search"))
    without = apply_patches(rendered, spec, "8.6.1")
    missing = [found.input for found in mismatches(without, spec, chart)]
    objects = apply_patches([*without, *search], spec, "8.6.1")
    too_few = [found.input for found in mismatches(objects, spec, chart)]
    for obj in search:
        obj["spec"]["replicas"] = 3
    added = endpoints(objects, spec.services, spec.release, "chat")
    services = report_of(updated("search", deployment("search"), deployment("search", 3))).services
    return {
        "replicas": spec.replicas,
        "values": helm_values(spec),
        "missing": missing,
        "too few": too_few,
        "right": [found.input for found in mismatches(objects, spec, chart)],
        "added": [
            f"{obj['kind']}/{obj['metadata']['name']}" for obj in objects if "translat" in str(obj)
        ],
        "endpoint of the added": added["translation"],
        "endpoint": endpoints(objects, spec.services, spec.release, "chat")["search"],
        "status": service_name(search[0], "chat"),
        "report": [change.service.kebab_name for change in services],
        "owned": errors.has_error("values"),
    }


if __name__ == "__main__":
    print(json.dumps(_find()))
