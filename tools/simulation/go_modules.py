"""Definitions of kinds, from the Go modules of the projects that they belong to."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import httpx

from components.fast_yaml import load_yaml
from components.files import write_atomically
from components.kube.objects import KubernetesObject
from tools.errors import ToolError
from tools.toolchain.cache import cache_folder

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Definitions:
    """The CustomResourceDefinitions of a project, in a version of its Go module."""

    title: str
    """What error messages call the project."""
    module: str
    version: str
    sha256: str
    """Of the module's zip."""
    files: tuple[str, ...]

    @property
    def url(self) -> str:
        """The place that can be reached wherever the tools can be built."""
        return f"https://proxy.golang.org/{self.module}/@v/v{self.version}.zip"

    def read(self) -> list[KubernetesObject]:
        """Returns the definitions, which are downloaded once per machine.

        Raises:
            ToolError: If they can't be downloaded, or are others than expected.
        """
        selection = hashlib.sha256("\n".join(self.files).encode()).hexdigest()[:8]
        name = f"{self.version}-{selection}.json"
        file = cache_folder() / self.module.rpartition("/")[2] / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, json.dumps(self._download(), default=str).encode())
        definitions: list[KubernetesObject] = json.loads(file.read_text(encoding="utf-8"))
        return definitions

    def _download(self) -> list[Any]:
        try:
            response = httpx.get(self.url, timeout=TIMEOUT_SECONDS, follow_redirects=True)
            response.raise_for_status()
        except (httpx.HTTPError, OSError) as error:
            raise ToolError(
                f"{self.title}'s definitions can't be downloaded from {self.url} ({error}). The"
                " simulated cluster needs them once; check the network and the proxy, and run this"
                " again."
            ) from error
        digest = hashlib.sha256(response.content).hexdigest()
        if digest != self.sha256:
            raise ToolError(
                f"{self.url} has SHA-256 {digest}, and {self.sha256} is pinned. Nothing was kept."
            )
        with zipfile.ZipFile(io.BytesIO(response.content)) as module:
            folder = f"{self.module}@v{self.version}"
            return [load_yaml(module.read(f"{folder}/{file}").decode()) for file in self.files]
