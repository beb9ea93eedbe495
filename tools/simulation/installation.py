"""The files of one cluster: what kwokctl reads, and what it makes of it."""

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
        # kwokctl finds its folder by HOME: the variable for it, KWOK_WORKDIR, is cut at a space.
        # There it reads kwok.yaml, and keeps each cluster under its name.
        self.folder = folder / ".kwok"
        self._ordered = self.folder / "kwok.yaml"
        self._home = self.folder / "clusters" / NAME
        self._installed = self._home / "definition"
        self._kwokctl = self.folder / "kwokctl"
        self._log = self.folder / "kwokctl.log"

    @property
    def server(self) -> str:
        """The URL of the API server; an error where there is none yet."""
        return f"https://127.0.0.1:{self._ports['kubeApiserverPort']}"

    @property
    def probes(self) -> tuple[str, str]:
        """What answers when the API server, with etcd behind it, and kwok do their work."""
        return (
            f"{self.server}/readyz",
            f"http://127.0.0.1:{self._ports['kwokControllerPort']}/readyz",
        )

    @property
    def _ports(self) -> Mapping[str, int]:
        ports = definition.ports(_read(self._installed))
        if not ports:
            raise ToolError(f"no simulated cluster in {self.folder.parent}: `make up` starts it")
        return ports

    def key(self, name: str) -> str:
        """Return the path of a file of the administrator's key pair, or of its authority."""
        return str(self._home / "pki" / name)

    def log(self, component: str) -> Path:
        """Return the path of the log that a component writes."""
        return self._home / "logs" / f"{component}.log"

    def is_current(self, programs: Mapping[str, Path]) -> bool:
        """Return whether everything is in place as it would be placed now, with these programs."""
        installed = _read(self._installed)
        wanted = definition.compose(programs, definition.ports(installed), self.folder)
        return installed == wanted and self.kubeconfig.exists()

    def place(self, programs: Mapping[str, Path]) -> None:
        """Put everything in place for `launch`; what a cluster holds stays."""
        ports = definition.ports(_read(self._ordered))
        if not ports or not definition.free(ports):
            ports = definition.choose_ports()
        wanted = definition.compose(programs, ports, self.folder)
        if _read(self._installed) != wanted:
            self._clear()
        binaries = self._home / "bin"
        binaries.mkdir(parents=True, exist_ok=True)
        # kwokctl downloads what isn't here.
        for component, program in definition.COMPONENTS.items():
            _link(binaries / component, programs[program])
        # It asks kubectl whether the server answers. This one always says yes: `Cluster` asks the
        # server itself.
        kubectl = binaries / "kubectl"
        kubectl.write_text("#!/bin/sh\n", encoding="utf-8")
        kubectl.chmod(0o755)
        # Run from here it shows in the process table whose it is, when who started it is gone.
        _link(self._kwokctl, programs["kwokctl"])
        self._ordered.write_text(wanted, encoding="utf-8")

    def launch(self, components: list[str]) -> None:
        """Let kwokctl finish the installation, and start these components."""
        for component in components:
            # kwokctl believes these, even when another process has got the number.
            (self._home / "pids" / f"{component}.pid").unlink(missing_ok=True)
        command = [self._kwokctl, "create", "cluster", "--name", NAME]
        with self._log.open("w") as output:
            ended = subprocess.run(
                [*map(str, command), "--kubeconfig", str(self.kubeconfig)],
                # Nothing of the person's: kwokctl would obey KWOK_* and proxies, and run a kubectl.
                env={"HOME": str(self.folder.parent), "PATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if ended.returncode:
            raise self.failure("kwokctl can't create it", self._log)
        self._installed.write_text(_read(self._ordered), encoding="utf-8")

    def remove(self) -> None:
        """Remove all files; where some or all are gone already, the rest."""
        removed = self.folder.with_name("removed")
        for folder in (removed, self.folder):
            if folder.exists():
                # Once renamed it is no cluster any more, however far the removal gets.
                shutil.rmtree(folder.rename(removed))
        self.kubeconfig.unlink(missing_ok=True)

    def failure(self, reason: str, log: Path) -> ToolError:
        """Return an error that shows the end of a log."""
        last = "".join(f"    {line}\n" for line in _read(log).splitlines()[-5:])
        return ToolError(
            f"the simulated cluster doesn't start: {reason}.\n{last}  The whole log is {log}\n"
            "  `make down` removes the cluster and what runs on it; `make up` makes a new one."
        )

    def _clear(self) -> None:
        """Remove what kwokctl made of another definition, or didn't finish to make."""
        if (self._home / "etcd" / "member").exists():
            # It was whole once: its objects and keys stay, and the rest is made anew.
            for name in ("definition", "kwok.yaml", "kubeconfig.yaml"):
                (self._home / name).unlink(missing_ok=True)
        elif self._home.exists():
            shutil.rmtree(self._home)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _read(path: Path) -> str:
    """Return the text of a file, or nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
