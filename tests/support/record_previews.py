"""`python -m tests.support.record_previews [CASE …]`: records real previews.

What `pulumi preview --json --show-sames` says goes to tests/support/previews, less what
differs from one run or machine to the next and no report reads. The unit tests make the golden reports of them.

The case `chart-major` needs the official chart's packages: `ROCKETCHAT_CHARTS` names their folder.
"""

import argparse
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.program import Program
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT, OWN_CHART

PREVIEWS = Path(__file__).parent / "previews"
CHARTS = Path(os.environ.get("ROCKETCHAT_CHARTS", ""))

Config = dict[str, Any]
USUAL: Config = {"replicaCount": 2}
SECRETS = {
    "mongodbUrl": "mongodb://chat:before-mongo@db.example.com/rocketchat",
    "license": "before-license",
    "registrationToken": "before-token",
    "smtpPassword": "before-smtp",
    "natsUrl": "nats://chat:before-nats@nats.example.com:4222",
}
MAIL = {"smtp": {"host": "mail.example.com", "username": "chat"}}


def _official(version: str) -> Config:
    return {"chart": {"path": str(CHARTS / f"rocketchat-{version}.tgz")}}


def _rotated(name: str) -> tuple[Config, Config, tuple[str, ...]]:
    return {**USUAL, **MAIL}, {**USUAL, **MAIL}, (name,)


CASES: Mapping[str, tuple[Config, Config, tuple[str, ...]]] = {
    # before, after, secrets that are rotated
    "scale-one": ({"replicas": {"presence": 2}}, {"replicas": {"presence": 5}}, ()),
    "per-service": (
        {"replicaCount": 2},
        {"replicas": {"rocketchat": 3, "ddpStreamer": 4, "presence": 2, "nats": 3}},
        (),
    ),
    "external-nats": (
        USUAL,
        {**USUAL, "nats": {"existingSecret": {"name": "their-nats", "key": "url"}}},
        (),
    ),
    "monolith": (USUAL, {"mode": "monolith"}, ()),
    "image": (
        {**USUAL, "image": {"tag": "8.5.0"}},
        {**USUAL, "image": {"tag": "8.6.1"}},
        (),
    ),
    "chart-major": ({**USUAL, **_official("6.32.1")}, {**USUAL, **_official("7.0.2")}, ()),
    **{f"rotate-{name}": _rotated(name) for name in SECRETS},
    "volume-shrunk": ({"uploads": {"size": "20Gi"}}, {"uploads": {"size": "5Gi"}}, ()),
    "namespace": (
        {**USUAL, "uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"}},
        {
            **USUAL,
            "uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"},
            "namespace": "talk",
        },
        (),
    ),
    "host": (USUAL, {**USUAL, "host": "talk.example.com"}, ()),
    "nothing": (USUAL, USUAL, ()),
    "fails": (USUAL, {**USUAL, "replicas": {"presense": 0}, "mode": "micro"}, ()),
    "too-few": (
        {"replicas": {"ddpStreamer": 4}, "concurrentUsers": 2000},
        {"replicas": {"ddpStreamer": 1}, "concurrentUsers": 2000},
        (),
    ),
    "skipped-major": (
        {**USUAL, "image": {"tag": "8.6.1"}},
        {
            **USUAL,
            "image": {"tag": "10.0.0"},  # not there yet: the chart refuses those before 8
            "acknowledge": ["rocketchat-8-to-10", "chart-7.0.2-with-10.0.0"],
        },
        (),
    ),
    "downgrade": (
        {**USUAL, "image": {"tag": "8.6.1"}},
        {**USUAL, "image": {"tag": "8.2.0"}, "acknowledge": ["downgrade-8.6.1-to-8.2.0"]},
        (),
    ),
    "refused": (
        {**USUAL, "image": {"tag": "8.6.1"}},
        {**USUAL, "image": {"tag": "8.2.0"}},
        (),
    ),
}


def record(program: Program, case: str) -> str:
    """What the engine says of one case."""
    before, after, rotated = CASES[case]
    program.namespace = "chat"
    secrets = {name: SECRETS[name] for name in SECRETS if rotated and _goes_with(name, rotated)}
    program.secrets = dict(secrets)
    program.up(**before)
    for name in rotated:
        program.secrets[name] = SECRETS[name].replace("before", "after")
    program.configure(**after)
    program.stack()
    done = program.run("preview", "--json", "--show-sames", "--stack", "test")
    program.stack().destroy()
    return portable(json.loads(done.stdout), program)


def _goes_with(name: str, rotated: tuple[str, ...]) -> bool:
    """An external NATS stands in for the bundled one, and so comes only where it is asked for."""
    return name != "natsUrl" or name in rotated


def portable(preview: dict[str, Any], program: Program) -> str:
    """A preview without what differs from run to run or tells of this machine."""
    for step in preview.get("steps", []):
        for state in (step.get("oldState"), step.get("newState")):
            _forget(state or {})
    preview.pop("duration", None)
    preview["steps"].sort(key=lambda step: step["urn"])
    text = json.dumps(preview, indent=1, sort_keys=True)
    for path, name in (
        (str(OWN_CHART), "chart"),
        (str(CHARTS), "charts"),
        (str(program.checkout), "."),
        (str(CHECKOUT), "."),
    ):
        if path not in ("", "."):
            text = text.replace(path, name)
    return re.sub(r"::default_4_25_0::[0-9a-f-]+|::default::[0-9a-f-]+", "::default", text) + "\n"


def _forget(state: dict[str, Any]) -> None:
    """Times, ids and places in code, and what the cluster says of an object whose inputs stay."""
    for key in ("created", "modified", "sourcePosition", "stackTrace", "propertyDependencies"):
        state.pop(key, None)
    if state.get("inputs"):
        state.pop("outputs", None)


def main() -> None:
    """Records the cases named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.record_previews", description=__doc__
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"any of {', '.join(CASES)}")
    given = parser.parse_args()
    PREVIEWS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "cluster")
        cluster.up()
        try:
            for case in given.cases or CASES:
                program = Program(Path(folder) / case, cluster)
                text = record(program, case)
                (PREVIEWS / f"{case}.json").write_text(text, encoding="utf-8")
                print(f"{case}: {len(text):,} characters", flush=True)
        finally:
            cluster.down()


if __name__ == "__main__":
    main()
