"""A `pulumi up` whose processes can be killed one by one, and what it must have left."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient

from tests.support.program import Program
from tools.simulation.cluster import Cluster

UP = ("up", "--yes", "--skip-preview", "--color", "never", "--stack", "test")
PARTS = {
    "engine": "/pulumi up",
    "program": "/pulumi-language-python-exec ",
    "provider": "/pulumi-resource-kubernetes ",
}
"""The processes of an `up`, each by what only its command line has."""
END_SECONDS = 120.0
Key = tuple[str, str, str]
"""An object's API version less the version, its kind and its name."""
Json = dict[str, Any]
CLUSTERS_OWN = {
    ("", "ConfigMap", "kube-root-ca.crt"),
    ("", "ServiceAccount", "default"),
}
"""What the cluster makes in every namespace."""
TRANSIENT = {"Endpoints", "Event", "Lease", "PodMetrics"}


class Run:
    """A `pulumi up` in the simulated project, in a session of its own."""

    def __init__(self, program: Program) -> None:
        self._began = time.monotonic()
        self._log = program.workspace.folder / "up.log"
        with self._log.open("w", encoding="utf-8") as log:
            self._engine = subprocess.Popen(
                [program.workspace.tools()["pulumi"], *UP],
                cwd=program.workspace.project_folder,
                env={**os.environ, **program.workspace.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self._began

    @property
    def output(self) -> str:
        """What it has printed by now."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def working(self) -> bool:
        return self._engine.poll() is None

    def kill(self, part: str) -> bool:
        """Kills the process that is `part` of it; whether there was one."""
        pids = [pid for pid, command in self._processes() if PARTS[part] in command]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def kill_at(self, part: str, moment: float) -> bool:
        """Kills `part` at that second, or as soon as it is there; whether it ever was."""
        while self.working:
            if self.seconds >= moment and self.kill(part):
                return True
            time.sleep(0.005)
        return False

    def wait(self, seconds: float = END_SECONDS) -> int:
        """The engine's exit status, when it has ended by itself."""
        return self._engine.wait(seconds)

    def end(self) -> None:
        """Ends all that is left of it: plugins may outlive a killed engine by five minutes."""
        for pid, _ in self._processes():
            os.kill(pid, signal.SIGKILL)
        self._engine.wait()

    def _processes(self) -> list[tuple[int, str]]:
        """Those of its session; plugins have process groups of their own."""
        return list(_session(self._engine.pid))


def _session(leader: int) -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(stat[3]) == leader and stat[0] != "Z":
            yield int(folder.name), command


def same(program: Program) -> str:
    """What a second `up` prints that finds something to change; nothing where it doesn't."""
    done = program.run(*UP, "--expect-no-changes")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def differences(program: Program, *, made: bool = True) -> list[str]:
    """Where the stack's state and what is in its namespace aren't the same, object by object.

    `made` says whether the program has made the namespace.
    """
    state = program.stack().export_stack().deployment or {}
    resources: list[Json] = state.get("resources") or []
    told = [f"pending: {one['resource']['urn']}" for one in state.get("pending_operations") or ()]
    told += [f"to be deleted: {one['urn']}" for one in resources if one.get("delete")]
    urns = [one["urn"] for one in resources]
    told += [f"twice in the state: {urn}" for urn in sorted({*urns}) if urns.count(urn) > 1]
    held = [one for one in resources if "kind" in one.get("inputs", {})]
    asked = {_key(one["inputs"]): one["outputs"]["metadata"]["uid"] for one in held}
    found = {_key(one): one["metadata"] for one in objects(program)[0 if made else 1 :]}
    told += [f"orphan: {key}" for key in found.keys() - asked.keys()]
    told += [f"gone: {key}" for key in asked.keys() - found.keys()]
    for key in found.keys() & asked.keys():
        if found[key]["uid"] != asked[key]:
            told.append(f"another than in the state: {key}")
        managers = {
            entry["manager"]
            for entry in found[key].get("managedFields", [])
            if entry["manager"].startswith("pulumi-kubernetes")
        }
        if managers != {"pulumi-kubernetes-test"}:
            told.append(f"written as {sorted(managers)}: {key}")
    return told


def objects(program: Program) -> list[Json]:
    """The namespace first, and all in it that nothing on the cluster has made."""
    with program.cluster.client() as api:
        found = [_get(api, f"/api/v1/namespaces/{program.namespace}")]
        for path, group, kind in _kinds(api, program.namespace):
            for one in _get(api, path).get("items", []):
                one.setdefault("kind", kind)
                one.setdefault("apiVersion", group)
                if "ownerReferences" not in one["metadata"] and _key(one) not in CLUSTERS_OWN:
                    found.append(one)
    return found


def _kinds(api: ApiClient, namespace: str) -> Iterator[tuple[str, str, str]]:
    """Where a namespace's objects of each kind are, their API version, and the kind."""
    groups = _get(api, "/apis")["groups"]
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    for version in versions:
        begin = f"/api/{version}" if version == "v1" else f"/apis/{version}"
        for kind in _get(api, begin)["resources"]:
            listed = kind["namespaced"] and "list" in kind["verbs"]
            if listed and kind["kind"] not in TRANSIENT:
                yield f"{begin}/namespaces/{namespace}/{kind['name']}", version, kind["kind"]


def _get(api: ApiClient, path: str) -> Json:
    response = api.call_api("GET", f"{api.configuration.host}{path}")
    answer: Json = json.loads(response.response.data)
    return answer


def _key(one: Json) -> Key:
    group, slash, _ = one["apiVersion"].partition("/")
    return (group if slash else "", one["kind"], one["metadata"]["name"])


def ready(cluster: Cluster, namespace: str) -> dict[str, set[str]]:
    """The UIDs of a namespace's ready pods, by the start of their names: `chat-presence`."""
    with cluster.client() as api:
        pods = _get(api, f"/api/v1/namespaces/{namespace}/pods")["items"]
    found: dict[str, set[str]] = {}
    for pod in pods:
        metadata = pod["metadata"]
        conditions = pod["status"].get("conditions", [])
        if "deletionTimestamp" not in metadata and any(
            one["type"] == "Ready" and one["status"] == "True" for one in conditions
        ):
            owner = metadata["ownerReferences"][0]
            hashed = owner["kind"] == "ReplicaSet"
            name = owner["name"].rpartition("-")[0] if hashed else owner["name"]
            found.setdefault(name, set()).add(metadata["uid"])
    return found


def forget(program: Program) -> None:
    """Has the cluster remove a namespace that a test is done with."""
    with program.cluster.client() as api:
        url = f"{api.configuration.host}/api/v1/namespaces/{program.namespace}"
        api.call_api("DELETE", url)
