"""A `pulumi up` whose processes can be killed, and checks of what it leaves behind."""

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
PROCESSES = {
    "engine": "/pulumi up",
    "program": "/pulumi-language-python-exec ",
    "provider": "/pulumi-resource-kubernetes ",
}
"""The processes of a `pulumi up`, each with a part of its command line that no other has."""
END_SECONDS = 120.0
Key = tuple[str, str, str]
"""An object's API group, kind and name."""
Json = dict[str, Any]
CREATED_BY_THE_CLUSTER = {
    ("", "ConfigMap", "kube-root-ca.crt"),
    ("", "ServiceAccount", "default"),
}
"""The objects that the cluster itself creates in every namespace."""
TRANSIENT = {"Endpoints", "Event", "Lease", "PodMetrics"}


class Update:
    """A `pulumi up` in the simulated project, in a session of its own."""

    def __init__(self, program: Program) -> None:
        self._started = time.monotonic()
        self._log = program.simulation.folder / "up.log"
        with self._log.open("w", encoding="utf-8") as log:
            self._engine = subprocess.Popen(
                [program.simulation.tools()["pulumi"], *UP],
                cwd=program.simulation.project_folder,
                env={**os.environ, **program.simulation.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def seconds(self) -> float:
        """The seconds since it started."""
        return time.monotonic() - self._started

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        return self._engine.poll() is None

    def wait_until_it_creates_objects(self) -> None:
        """Returns once an object was created, or when the update has ended."""
        while self.running and " created (" not in self.output:
            time.sleep(0.005)

    def kill(self, name: str) -> bool:
        """Kills the process of this name, and returns whether there was one."""
        pids = [pid for pid, command in self._processes() if PROCESSES[name] in command]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def kill_after(self, name: str, seconds: float) -> bool:
        """Kills the process of this name once so many seconds have passed and it is there.

        Returns:
            Whether it was there before the update ended.
        """
        while self.running:
            if self.seconds >= seconds and self.kill(name):
                return True
            time.sleep(0.005)
        return False

    def wait(self, seconds: float = END_SECONDS) -> int:
        """Waits for the engine to end, and returns its exit status."""
        return self._engine.wait(seconds)

    def kill_all(self) -> None:
        """Kills what is left of it: plugins can outlive a killed engine by five minutes."""
        for pid, _ in self._processes():
            os.kill(pid, signal.SIGKILL)
        self._engine.wait()

    def _processes(self) -> list[tuple[int, str]]:
        """The processes of its session; plugins have process groups of their own."""
        return list(_session_processes(self._engine.pid))


def _session_processes(session: int) -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(stat[3]) == session and stat[0] != "Z":
            yield int(folder.name), command


def unexpected_changes(program: Program) -> str:
    """Returns the output of another `up` if it finds anything to change, or an empty string."""
    done = program.run(*UP, "--expect-no-changes")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def state_differences(program: Program, *, created_namespace: bool = True) -> list[str]:
    """Returns the differences between the stack's state and the objects in its namespace.

    Args:
        program: The program whose stack is compared.
        created_namespace: Whether the program has created the namespace.
    """
    state = program.stack().export_stack().deployment or {}
    resources: list[Json] = state.get("resources") or []
    found = [
        f"pending: {operation['resource']['urn']}"
        for operation in state.get("pending_operations") or ()
    ]
    found += [
        f"to be deleted: {resource['urn']}" for resource in resources if resource.get("delete")
    ]
    urns = [resource["urn"] for resource in resources]
    found += [f"twice in the state: {urn}" for urn in sorted({*urns}) if urns.count(urn) > 1]
    in_state = {
        _key(resource["inputs"]): resource["outputs"]["metadata"]["uid"]
        for resource in resources
        if "kind" in resource.get("inputs", {})
    }
    on_cluster = {
        _key(obj): obj["metadata"] for obj in objects(program)[0 if created_namespace else 1 :]
    }
    found += [f"not in the state: {key}" for key in on_cluster.keys() - in_state.keys()]
    found += [f"not on the cluster: {key}" for key in in_state.keys() - on_cluster.keys()]
    for key in on_cluster.keys() & in_state.keys():
        if on_cluster[key]["uid"] != in_state[key]:
            found.append(f"another object than in the state: {key}")
        managers = {
            entry["manager"]
            for entry in on_cluster[key].get("managedFields", [])
            if entry["manager"].startswith("pulumi-kubernetes")
        }
        if managers != {"pulumi-kubernetes-test"}:
            found.append(f"field managers {sorted(managers)}: {key}")
    return found


def objects(program: Program) -> list[Json]:
    """Returns the namespace, and then all objects in it that the cluster hasn't created."""
    with program.cluster.client() as api:
        found = [_get(api, f"/api/v1/namespaces/{program.namespace}")]
        for path, api_version, kind in _collections(api, program.namespace):
            for obj in _get(api, path).get("items", []):
                obj.setdefault("kind", kind)
                obj.setdefault("apiVersion", api_version)
                if (
                    "ownerReferences" not in obj["metadata"]
                    and _key(obj) not in CREATED_BY_THE_CLUSTER
                ):
                    found.append(obj)
    return found


def _collections(api: ApiClient, namespace: str) -> Iterator[tuple[str, str, str]]:
    """Yields the path of each collection of objects in a namespace, with API version and kind."""
    groups = _get(api, "/apis")["groups"]
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    for version in versions:
        root = f"/api/{version}" if version == "v1" else f"/apis/{version}"
        for resource in _get(api, root)["resources"]:
            listable = resource["namespaced"] and "list" in resource["verbs"]
            if listable and resource["kind"] not in TRANSIENT:
                path = f"{root}/namespaces/{namespace}/{resource['name']}"
                yield path, version, resource["kind"]


def _get(api: ApiClient, path: str) -> Json:
    response = api.call_api("GET", f"{api.configuration.host}{path}")
    content: Json = json.loads(response.response.data)
    return content


def _key(obj: Json) -> Key:
    group, slash, _ = obj["apiVersion"].partition("/")
    return (group if slash else "", obj["kind"], obj["metadata"]["name"])


def ready_pods(cluster: Cluster, namespace: str) -> dict[str, set[str]]:
    """Returns the UIDs of a namespace's ready pods by workload, such as `chat-presence`."""
    with cluster.client() as api:
        pods = _get(api, f"/api/v1/namespaces/{namespace}/pods")["items"]
    found: dict[str, set[str]] = {}
    for pod in pods:
        metadata = pod["metadata"]
        conditions = pod["status"].get("conditions", [])
        if "deletionTimestamp" not in metadata and any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in conditions
        ):
            owner = metadata["ownerReferences"][0]
            name = owner["name"]
            if owner["kind"] == "ReplicaSet":
                name = name.rpartition("-")[0]
            found.setdefault(name, set()).add(metadata["uid"])
    return found


def delete_namespace(program: Program) -> None:
    """Has the cluster delete a namespace that a test no longer needs."""
    with program.cluster.client() as api:
        url = f"{api.configuration.host}/api/v1/namespaces/{program.namespace}"
        api.call_api("DELETE", url)
