"""References to container images: `registry:5000/repository:tag@digest`."""

import re
from dataclasses import dataclass
from typing import Self

from semver import Version

from components.kube.versions import parse_version

TAG = r"\w[\w.-]{0,127}"
"""The form of a tag, in ASCII."""
DIGEST = r"sha256:[0-9a-f]{64}"
"""The form of a digest."""


@dataclass(frozen=True)
class ImageReference:
    """The parts of an image reference; `str()` puts them together again."""

    repository: str
    """With its registry, as in `registry:5000/rocketchat/rocket.chat`."""
    tag: str = ""
    """Empty if there is none."""
    digest: str = ""
    """As in `sha256:…`; empty if there is none."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Splits a reference into its parts. The form of the parts isn't checked."""
        name, _, digest = text.partition("@")
        path, slash, last = name.rpartition("/")
        # A colon before the last slash belongs to the registry's port.
        last, _, tag = last.partition(":")
        return cls(f"{path}{slash}{last}", tag, digest)

    @property
    def path(self) -> str:
        """The repository within its registry, as in `rocketchat/rocket.chat`."""
        registry, slash, path = self.repository.partition("/")
        if slash and (registry == "localhost" or re.search("[.:]", registry)):
            return path
        # Docker Hub's own images are in a folder that few write.
        return self.repository if slash else f"library/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"

    @property
    def version(self) -> Version | None:
        """The release that the tag names in full, or None."""
        return parse_version(self.tag)
