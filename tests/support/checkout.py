"""A copy of this checkout, used as a person uses it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.checkout import CHECKOUT
from tools.toolchain import CACHE_VARIABLE, cache_folder


class Checkout:
    """A copy of this checkout's files, and a person's home with files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.home = folder / "home"
        (self.home / ".kube").mkdir(parents=True)
        (self.home / ".kube" / "config").write_text("not to be touched", encoding="utf-8")
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
        # This virtualenv has them all, so `make` needn't install it again.
        os.utime(self.folder / "requirements-dev.txt", (0, 0))
        self.run(
            "git init -q -b main && git add -A && git -c user.name=a -c user.email=a@b commit -qm a"
        )

    def run(self, script: str, *, succeeds: bool = True) -> str:
        """Runs a shell script with the person's home, and returns its output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.home), CACHE_VARIABLE: str(cache_folder())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == succeeds, done.stdout
        return done.stdout

    def changes(self) -> str:
        """Returns the changed files, as `git status --porcelain` prints them."""
        return self.run("git status --porcelain")

    def files_in_home(self) -> set[str]:
        """Returns the paths of all files in the person's home."""
        return {str(file.relative_to(self.home)) for file in self.home.rglob("*") if file.is_file()}
