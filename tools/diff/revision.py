"""Extracts the files of a revision to a folder."""

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError

PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True)
class Revision:
    """A revision by the name that the person gave, and its commit."""

    name: str
    commit: str

    @property
    def short_commit(self) -> str:
        """The commit as people write it."""
        return self.commit[:10]


def resolve_revision(checkout: Path, name: str) -> Revision:
    """The revision `name` of a repository.

    Raises:
        ToolError: if there is no such revision.
    """
    done = _git(
        checkout, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    commit = done.stdout.decode().strip()
    if done.returncode or not commit:
        reason = done.stderr.decode("utf-8", "replace").strip()
        raise ToolError(
            f"BASE={name}: there is no such revision{f' ({reason})' if reason else ''}. Fetch it"
            " first, or pass another one.",
        )
    return Revision(name, commit)


def extract(checkout: Path, base: Revision, folder: Path) -> Path:
    """Extracts the files of `base` to a folder below `folder`, which is returned.

    Other revisions in `folder` are removed.

    Raises:
        ToolError: if git can't read the files, or there is no Pulumi program among them.
    """
    extracted = folder / base.commit
    if not extracted.is_dir():
        # Unlike a worktree, an archive leaves no trace in the repository.
        done = _git(checkout, "archive", "--format=tar", base.commit)
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise ToolError(f"BASE={base.name}: git can't read its files ({reason}).")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished = folder / ".unfinished"
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(unfinished, filter="data")
        unfinished.replace(extracted)
    if not (extracted / PROJECT_FILE).is_file():
        raise ToolError(
            f"BASE={base.name}: it has no {PROJECT_FILE}, so there is no program to compare with.",
        )
    return extracted


def _git(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=checkout, capture_output=True, check=False)
    except FileNotFoundError:
        raise ToolError(
            "There is no `git` on PATH. Install it: the base revision is read with it."
        ) from None
