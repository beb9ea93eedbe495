"""`python -m tests.support.record_previews [CASE …]`: records previews for the golden reports.

Each case is previewed by the real engine with `pulumi preview --json --show-sames`, and the output
is written to tests/support/previews without what depends on the run or the machine.

The case `chart-major` needs packages of the official chart: `ROCKETCHAT_CHARTS` is their folder.
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
from tools.checkout import CHECKOUT
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import SIMULATION_CHART

PREVIEWS = Path(__file__).parent / "previews"
CHARTS = Path(os.environ.get("ROCKETCHAT_CHARTS", ""))

Config = dict[str, Any]
Case = tuple[Config, Config, tuple[str, ...]]
"""The config before, the config after, and the secrets that are rotated."""
TWO_OF_EACH: Config = {"replicaCount": 2}
SECRETS = {
    "mongodbUrl": "mongodb://chat:before-mongo@db.example.com/rocketchat",
    "license": "before-license",
    "registrationToken": "before-token",
    "smtpPassword": "before-smtp",
    "natsUrl": "nats://chat:before-nats@nats.example.com:4222",
}
SMTP = {"smtp": {"host": "mail.example.com", "username": "chat"}}


def _official_chart(version: str) -> Config:
    return {"chart": {"path": str(CHARTS / f"rocketchat-{version}.tgz")}}


def _rotation(name: str) -> Case:
    return {**TWO_OF_EACH, **SMTP}, {**TWO_OF_EACH, **SMTP}, (name,)


CASES: Mapping[str, Case] = {
    "scale-one": ({"replicas": {"presence": 2}}, {"replicas": {"presence": 5}}, ()),
    "per-service": (
        {"replicaCount": 2},
        {"replicas": {"rocketchat": 3, "ddpStreamer": 4, "presence": 2, "nats": 3}},
        (),
    ),
    "external-nats": (
        TWO_OF_EACH,
        {**TWO_OF_EACH, "nats": {"existingSecret": {"name": "their-nats", "key": "url"}}},
        (),
    ),
    "monolith": (TWO_OF_EACH, {"mode": "monolith"}, ()),
    "image": (
        {**TWO_OF_EACH, "image": {"tag": "8.5.0"}},
        {**TWO_OF_EACH, "image": {"tag": "8.6.1"}},
        (),
    ),
    "chart-major": (
        {**TWO_OF_EACH, **_official_chart("6.32.1")},
        {**TWO_OF_EACH, **_official_chart("7.0.2")},
        (),
    ),
    **{f"rotate-{name}": _rotation(name) for name in SECRETS},
    "volume-shrunk": ({"uploads": {"size": "20Gi"}}, {"uploads": {"size": "5Gi"}}, ()),
    "namespace": (
        {**TWO_OF_EACH, "uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"}},
        {
            **TWO_OF_EACH,
            "uploads": {"size": "20Gi", "accessMode": "ReadWriteMany"},
            "namespace": "talk",
        },
        (),
    ),
    "host": (TWO_OF_EACH, {**TWO_OF_EACH, "host": "talk.example.com"}, ()),
    "nothing": (TWO_OF_EACH, TWO_OF_EACH, ()),
    "fails": (TWO_OF_EACH, {**TWO_OF_EACH, "replicas": {"presense": 0}, "mode": "micro"}, ()),
    "too-few": (
        {"replicas": {"ddpStreamer": 4}, "concurrentUsers": 2000},
        {"replicas": {"ddpStreamer": 1}, "concurrentUsers": 2000},
        (),
    ),
    "skipped-major": (
        {**TWO_OF_EACH, "image": {"tag": "8.6.1"}},
        {
            **TWO_OF_EACH,
            "image": {"tag": "10.0.0"},  # not released; the chart refuses versions before 8
            "acknowledge": ["rocketchat-8-to-10", "chart-7.0.2-with-10.0.0"],
        },
        (),
    ),
    "downgrade": (
        {**TWO_OF_EACH, "image": {"tag": "8.6.1"}},
        {**TWO_OF_EACH, "image": {"tag": "8.2.0"}, "acknowledge": ["downgrade-8.6.1-to-8.2.0"]},
        (),
    ),
    "refused": (
        {**TWO_OF_EACH, "image": {"tag": "8.6.1"}},
        {**TWO_OF_EACH, "image": {"tag": "8.2.0"}},
        (),
    ),
}


def record(program: Program, case: str) -> str:
    """Returns the recorded preview of one case."""
    before, after, rotated = CASES[case]
    program.namespace = "chat"
    secrets = {name: SECRETS[name] for name in SECRETS if rotated and _is_set(name, rotated)}
    program.secrets = dict(secrets)
    program.up(**before)
    for name in rotated:
        program.secrets[name] = SECRETS[name].replace("before", "after")
    program.configure(**after)
    program.stack()
    done = program.run("preview", "--json", "--show-sames", "--stack", "test")
    program.stack().destroy()
    return portable(json.loads(done.stdout), program)


def _is_set(name: str, rotated: tuple[str, ...]) -> bool:
    """Whether a secret is set; `natsUrl`, which replaces the bundled NATS, only if it's rotated."""
    return name != "natsUrl" or name in rotated


def portable(preview: dict[str, Any], program: Program) -> str:
    """A preview as JSON, without what depends on the run or the machine."""
    for step in preview.get("steps", []):
        for state in (step.get("oldState"), step.get("newState")):
            _remove_volatile_fields(state or {})
    preview.pop("duration", None)
    preview["steps"].sort(key=lambda step: step["urn"])
    text = json.dumps(preview, indent=1, sort_keys=True)
    for path, name in (
        (str(SIMULATION_CHART), "chart"),
        (str(CHARTS), "charts"),
        (str(program.checkout), "."),
        (str(CHECKOUT), "."),
    ):
        if path not in ("", "."):
            text = text.replace(path, name)
    return re.sub(r"::default_4_25_0::[0-9a-f-]+|::default::[0-9a-f-]+", "::default", text) + "\n"


def _remove_volatile_fields(state: dict[str, Any]) -> None:
    """Removes times and places in code, and the outputs of resources that have inputs."""
    for key in ("created", "modified", "sourcePosition", "stackTrace", "propertyDependencies"):
        state.pop(key, None)
    if state.get("inputs"):
        state.pop("outputs", None)


def main() -> None:
    """Records the given cases, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.record_previews", description=__doc__
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"any of {', '.join(CASES)}")
    options = parser.parse_args()
    PREVIEWS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "cluster")
        cluster.up()
        try:
            for case in options.cases or CASES:
                program = Program(Path(folder) / case, cluster)
                text = record(program, case)
                (PREVIEWS / f"{case}.json").write_text(text, encoding="utf-8")
                print(f"{case}: {len(text):,} characters", flush=True)
        finally:
            cluster.down()


if __name__ == "__main__":
    main()
