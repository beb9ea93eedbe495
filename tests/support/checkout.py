"""A clone of this checkout, used as a person uses it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.simulation.workspace import CHECKOUT


class Checkout:
    """A clone of this checkout as it is now, in the home of a person who has their own things."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        names = subprocess.check_output(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=CHECKOUT,
            text=True,
        )
        for name in filter(None, names.split("\0")):
            if (CHECKOUT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, self.folder / name)
        (self.folder / ".venv").symlink_to(sys.prefix)
        self.run(
            "git init -q -b main && git add -A && git -c user.name=a -c user.email=a@b commit -qm a"
        )
        self.home = folder / "home"
        (self.home / ".kube").mkdir(parents=True)
        (self.home / ".kube" / "config").write_text("not to be touched", encoding="utf-8")
        self.cache = os.environ.get("ROCKETCHAT_PULUMI_CACHE")

    def run(self, script: str, *, succeeds: bool = True) -> str:
        """Runs a script as a person's shell does; returns all that it printed."""
        import platformdirs  # noqa: PLC0415

        home = getattr(self, "home", None)
        cache = os.environ.get("ROCKETCHAT_PULUMI_CACHE") or str(
            platformdirs.user_cache_path("rocketchat-pulumi"),
        )
        environment = {**os.environ, "ROCKETCHAT_PULUMI_CACHE": cache}
        if home:
            environment["HOME"] = str(home)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == succeeds, done.stdout
        return done.stdout

    def changes(self) -> str:
        return self.run("git status --porcelain")

    def foreign(self) -> set[str]:
        """What lies in the person's home by now."""
        return {str(file.relative_to(self.home)) for file in self.home.rglob("*") if file.is_file()}
