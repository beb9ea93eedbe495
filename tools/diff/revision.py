"""A revision of this checkout, laid out as files in a folder of its own."""

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tools.diff.errors import DiffError

PROGRAM = "Pulumi.yaml"


@dataclass(frozen=True)
class Revision:
    """One revision: what it was called, and what it is."""

    name: str
    commit: str

    @property
    def short(self) -> str:
        """The commit as people write it."""
        return self.commit[:10]


def revision(checkout: Path, name: str) -> Revision:
    """The revision `name` of the repository at `checkout`."""
    done = _git(
        checkout, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    commit = done.stdout.decode().strip()
    if done.returncode or not commit:
        why = done.stderr.decode("utf-8", "replace").strip()
        raise DiffError(
            f"BASE={name}: there is no such revision here{f' ({why})' if why else ''}. Fetch it"
            " first, or name another.",
        )
    return Revision(name, commit)


def lay_out(checkout: Path, base: Revision, folder: Path) -> Path:
    """The files of `base` in a folder below `folder`, and of no other revision."""
    laid = folder / base.commit
    if not laid.is_dir():
        # Nothing in the repository itself tells of it, as a worktree would.
        done = _git(checkout, "archive", "--format=tar", base.commit)
        if done.returncode:
            why = done.stderr.decode("utf-8", "replace").strip()
            raise DiffError(f"BASE={base.name}: git can't read its files ({why}).")
        shutil.rmtree(folder, ignore_errors=True)
        half = folder / ".half"
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
            files.extractall(half, filter="data")
        half.replace(laid)
    if not (laid / PROGRAM).is_file():
        raise DiffError(
            f"BASE={base.name}: it has no {PROGRAM}, and so no program to compare with.",
        )
    return laid


def _git(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=checkout, capture_output=True, check=False)
    except FileNotFoundError:
        raise DiffError("There is no `git` on PATH, which knows the base's files.") from None
