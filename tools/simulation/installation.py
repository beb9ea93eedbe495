"""The files of one cluster: those that kwokctl reads, and those that it writes."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolError
from tools.simulation import definition

NAME = "simulation"


class Installation:
    """The files of one cluster, all of them under one folder."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = folder / "kubeconfig"
        # kwokctl derives its folder from HOME, as the variable KWOK_WORKDIR is cut at a space. It
        # reads kwok.yaml there, and keeps each cluster under its name.
        self.folder = folder / ".kwok"
        self.definition = self.folder / "kwok.yaml"
        self._home = self.folder / "clusters" / NAME
        self._installed = self._home / "definition"
        self._kwokctl = self.folder / "kwokctl"
        self._log = self.folder / "kwokctl.log"

    @property
    def server(self) -> str:
        """The URL of the API server.

        Raises:
            ToolError: If the cluster was never started.
        """
        return f"https://127.0.0.1:{self._ports['kubeApiserverPort']}"

    @property
    def kwok(self) -> str:
        """The URL of kwok, which plays the kubelets."""
        return f"http://127.0.0.1:{self._ports['kwokControllerPort']}"

    @property
    def _ports(self) -> Mapping[str, int]:
        ports = definition.ports(_read(self._installed))
        if not ports:
            raise ToolError(
                f"There is no simulated cluster in {self.folder.parent}. Start it: `make up`."
            )
        return ports

    def key(self, name: str) -> str:
        """Returns the path of the administrator's key or certificate, or of the authority's."""
        return str(self._home / "pki" / name)

    def log(self, component: str) -> Path:
        """Returns the path of a component's log."""
        return self._home / "logs" / f"{component}.log"

    def is_current(self, programs: Mapping[str, Path]) -> bool:
        """Returns whether the cluster was installed with `programs` and today's definition."""
        installed = _read(self._installed)
        current = definition.compose(programs, definition.ports(installed), self.folder)
        return installed == current and self.kubeconfig.exists()

    def place(self, programs: Mapping[str, Path]) -> None:
        """Writes what `launch` needs; the objects of an existing cluster stay."""
        ports = definition.ports(_read(self.definition))
        if not ports or not definition.are_free(ports):
            ports = definition.choose_ports()
        text = definition.compose(programs, ports, self.folder)
        if _read(self._installed) != text:
            self._clear()
        binaries = self._home / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        # kwokctl would download what isn't here.
        for component, program in definition.COMPONENTS.items():
            _link(binaries / component, programs[program])
        # It asks kubectl whether the server answers. This one always succeeds, as `Cluster` asks
        # the server itself.
        kubectl = binaries / "kubectl"
        kubectl.write_text("#!/bin/sh\n", encoding="utf-8")
        kubectl.chmod(0o755)
        # Run from here, the process table shows which cluster it belongs to.
        _link(self._kwokctl, programs["kwokctl"])
        self.definition.write_text(text, encoding="utf-8")

    def launch(self, components: list[str]) -> None:
        """Lets kwokctl finish the installation and start `components`."""
        for component in components:
            # kwokctl trusts these files, even if another process has the ID by now.
            (self._home / "pids" / f"{component}.pid").unlink(missing_ok=True)
        command = [self._kwokctl, "create", "cluster", "--name", NAME]
        with self._log.open("w") as output:
            done = subprocess.run(
                [*map(str, command), "--kubeconfig", str(self.kubeconfig)],
                # An empty environment: kwokctl would obey KWOK_* and proxies, and run any kubectl.
                env={"HOME": str(self.folder.parent), "PATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise self.start_error("kwokctl can't create it", self._log)
        self._installed.write_text(_read(self.definition), encoding="utf-8")

    def remove(self) -> None:
        """Removes all files that there are."""
        removed = self.folder.with_name("removed")
        for folder in (removed, self.folder):
            if folder.exists():
                # Once renamed, it isn't taken for a cluster, even if the removal is interrupted.
                shutil.rmtree(folder.rename(removed))
        self.kubeconfig.unlink(missing_ok=True)

    def start_error(self, reason: str, log: Path) -> ToolError:
        """Returns an error that quotes the end of a log."""
        last_lines = "".join(f"    {line}\n" for line in _read(log).splitlines()[-5:])
        return ToolError(
            f"The simulated cluster doesn't start: {reason}.\n{last_lines}  The whole log: {log}\n"
            "  `make down` removes the cluster with everything on it; `make up` creates a new one."
        )

    def _clear(self) -> None:
        """Removes what kwokctl wrote for another definition, or didn't finish."""
        if (self._home / "etcd" / "member").exists():
            # It was complete once: its objects and keys stay, and the rest is written anew.
            for name in ("definition", "kwok.yaml", "kubeconfig.yaml"):
                (self._home / name).unlink(missing_ok=True)
        elif self._home.exists():
            shutil.rmtree(self._home)


def cluster_folder(program: Path) -> Path | None:
    """Returns the folder of the cluster that has `program` as a component's, or None."""
    bin_folder = (".kwok", "clusters", NAME, "bin")
    if program.name in definition.COMPONENTS and program.parts[-5:-1] == bin_folder:
        return program.parents[4]
    return None


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _read(path: Path) -> str:
    """The text of a file, or "" if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
