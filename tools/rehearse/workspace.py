"""A stack's workspace on the twin: as it runs now, and then as the working tree has it."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from components.fast_yaml import load_yaml
from components.inputs.definitions import BY_PATH
from components.kube.api import MERGE_PATCH, Api
from components.kube.objects import match_labels
from tools.engine import engine_errors, run_pulumi
from tools.errors import ToolError
from tools.rehearse.observe import Observer
from tools.rehearse.read import INSTANCE_LABEL, workload_name
from tools.rehearse.snapshot import WorkspacePod
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation

SCHEDULER = "kube-scheduler"
PLACE_SECONDS = 60.0
INTERRUPT_SECONDS = 5.0


class Workspace:
    """One stack of a checkout, deployed to a twin with a state of its own.

    Args:
        checkout: The checkout whose program and config are deployed.
        folder: Where the state is; the same for every checkout of this twin.
        cluster: The twin.
        stack: The stack's name.
        chart: The path of a chart in place of the config's.
    """

    def __init__(
        self, checkout: Path, folder: Path, cluster: Cluster, stack: str, chart: str | None
    ) -> None:
        self._simulation = Simulation(checkout, folder, cluster)
        self._stack = stack
        self._log = folder / "pulumi.log"
        self._simulation.prepare()
        self._simulation.configure(stack, chart)
        self._simulation.select(stack)
        file = self._simulation.project_folder / f"Pulumi.{stack}.yaml"
        config = load_yaml(file.read_text(encoding="utf-8"))["config"]
        self._config = {
            key.partition(":")[2]: value
            for key, value in config.items()
            if key.startswith(f"{self._simulation.project}:")
        }
        self.namespace = str(self._config.get("namespace", BY_PATH["namespace"].default))
        self.release = str(self._config.get("releaseName", BY_PATH["release_name"].default))
        users = self._config.get("concurrentUsers")
        self.users = None if users is None else int(users)

    def observer(self, api: Api, ready_seconds: float = 0) -> Observer:
        """Returns what looks at the workspace.

        Args:
            api: The twin.
            ready_seconds: How long its pods take to get ready at most.
        """
        return Observer(
            api, self.namespace, self.release, users=self.users, ready_seconds=ready_seconds
        )

    def set(self, changes: Sequence[str]) -> None:
        """Changes the config as `pulumi config set --path` does, but in the twin's copy alone.

        Raises:
            ToolError: If a change isn't KEY=VALUE, or Pulumi refuses it.
        """
        for change in changes:
            key, equals, value = change.partition("=")
            if not key or not equals:
                raise ToolError(
                    f"--set {change}: give a key of the config and its value, as in"
                    " --set replicas.ddpStreamer=12."
                )
            run_pulumi(
                self._simulation.folders.pulumi,
                *("config", "set", "--path", f"{self._simulation.project}:{key}", value),
                *("--stack", self._stack),
                folder=self._simulation.project_folder,
                environment=self._simulation.environment(),
            )

    def up(self, observer: Observer) -> bool:
        """Updates the stack, and returns whether all pods got ready; False if some are stuck.

        An update that waits for stuck pods is interrupted.

        Raises:
            ToolError: If the update fails for another reason.
        """
        self._simulation.unlock()
        arguments = ("up", "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive")
        with self._log.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [self._simulation.folders.pulumi, *arguments, "--stack", self._stack],
                cwd=self._simulation.project_folder,
                env={**os.environ, **self._simulation.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                observer.watch(lambda: process.poll() is not None)
            finally:
                _end(process)
        if observer.observation.missing:
            return False
        if process.returncode:
            text = self._log.read_text(encoding="utf-8", errors="replace")
            reason = "\n".join(engine_errors(text)) or text[-2000:]
            raise ToolError(f"The update fails on the twin: {reason}")
        return observer.settle()

    def changed(self) -> bool:
        """Whether the last update changed anything."""
        changes = self._simulation.last_changes(self._stack)
        return changes is None or not set(changes) <= {"same"}


def place(
    cluster: Cluster, observer: Observer, workspace: Workspace, pods: list[WorkspacePod]
) -> None:
    """Scales the workspace as it runs now, and puts its pods on the nodes where they are.

    The scheduler stands still meanwhile. What the base revision doesn't have is left out.
    """
    recorded: dict[str, Counter[str]] = {}
    for pod in pods:
        recorded.setdefault(pod.workload, Counter())[pod.node] += 1
    with cluster.api() as api:
        _scale(api, workspace, recorded)
        observer.settle()
        cluster.pause(SCHEDULER)
        try:
            _move(api, workspace, recorded)
        finally:
            cluster.resume(SCHEDULER)
        observer.settle()


def _scale(api: Api, workspace: Workspace, recorded: dict[str, Counter[str]]) -> None:
    for kind in ("deployments", "statefulsets"):
        path = f"/apis/apps/v1/namespaces/{workspace.namespace}/{kind}"
        for obj in api.items(path):
            name = obj["metadata"]["name"]
            ours = match_labels(obj).get(INSTANCE_LABEL) == workspace.release
            number = recorded.get(name, Counter()).total()
            if ours and number and number != obj["spec"].get("replicas", 1):
                body = {"spec": {"replicas": number}}
                api.send("PATCH", f"{path}/{name}/scale", body, content_type=MERGE_PATCH)


def _move(api: Api, workspace: Workspace, recorded: dict[str, Counter[str]]) -> None:
    path = f"/api/v1/namespaces/{workspace.namespace}/pods"
    free = {name: Counter(nodes) for name, nodes in recorded.items()}
    waiting: Counter[str] = Counter()
    for pod in api.items(path):
        name, node = workload_name(pod), pod["spec"].get("nodeName", "")
        nodes = free.get(name, Counter())
        if nodes[node]:
            nodes[node] -= 1
        elif nodes:
            api.send("DELETE", f"{path}/{pod['metadata']['name']}")
            waiting[name] += 1
    deadline = time.monotonic() + PLACE_SECONDS
    bound: set[str] = set()
    while waiting.total() and time.monotonic() < deadline:
        for pod in api.items(path):
            name, pod_name = workload_name(pod), pod["metadata"]["name"]
            nodes = +free.get(name, Counter())
            if pod["spec"].get("nodeName") or pod_name in bound or not waiting[name]:
                continue
            if "deletionTimestamp" in pod["metadata"]:
                continue
            waiting[name] -= 1
            # A pod that is Pending on the real cluster is left to the scheduler here, too.
            if node := next(filter(None, nodes), ""):
                free[name][node] -= 1
                target = {"kind": "Node", "name": node}
                body = {"metadata": {"name": pod_name}, "target": target}
                api.send("POST", f"{path}/{pod_name}/binding", body)
            bound.add(pod_name)
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends an update that runs, with its program and its provider."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(INTERRUPT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
