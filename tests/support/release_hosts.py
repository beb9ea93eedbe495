"""The hosts of the official releases, played on loopback with a release of every tool.

They are asked as a mirror is: `https://HOST/PATH` for `/HOST/PATH`.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.faulty_repository import FaultyRepository, respond, running_repository

GITHUB = "/github.com"
GITHUB_API = "/api.github.com/repos"


def paths(system: str = "linux", architecture: str = "amd64") -> dict[str, str]:
    """The path of each tool's release for a platform."""
    platform = f"{system}-{architecture}"
    pulumi = f"{system}-{'x64' if architecture == 'amd64' else architecture}"
    kubernetes = f"/dl.k8s.io/release/v1.36.3/bin/{system}/{architecture}"
    kwok = f"{GITHUB}/kubernetes-sigs/kwok/releases/download/v0.8.0"
    return {
        "pulumi": f"/get.pulumi.com/releases/sdk/pulumi-v3.259.0-{pulumi}.tar.gz",
        "kube-apiserver": f"{kubernetes}/kube-apiserver",
        "kube-controller-manager": f"{kubernetes}/kube-controller-manager",
        "kube-scheduler": f"{kubernetes}/kube-scheduler",
        "etcd": (f"{GITHUB}/etcd-io/etcd/releases/download/v3.6.16/etcd-v3.6.16-{platform}.tar.gz"),
        "kwok": f"{kwok}/kwok-{platform}",
        "kwokctl": f"{kwok}/kwokctl-{platform}",
        "pulumi-resource-kubernetes": (
            f"{GITHUB}/pulumi/pulumi-kubernetes/releases/download/v4.25.0/"
            f"pulumi-resource-kubernetes-v4.25.0-{platform}.tar.gz"
        ),
        "helm": f"/get.helm.sh/helm-v3.18.6-{platform}.tar.gz",
    }


def checksum_paths(system: str = "linux", architecture: str = "amd64") -> dict[str, str]:
    """The path of each tool's published checksum."""
    release = paths(system, architecture)
    kubernetes = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    kwok = f"{GITHUB_API}/kubernetes-sigs/kwok/releases/tags/v0.8.0"
    return {
        "pulumi": "/get.pulumi.com/releases/sdk/pulumi-3.259.0-checksums.txt",
        **{tool: f"{release[tool]}.sha256" for tool in kubernetes},
        "etcd": f"{GITHUB}/etcd-io/etcd/releases/download/v3.6.16/SHA256SUMS",
        "kwok": kwok,
        "kwokctl": kwok,
        "pulumi-resource-kubernetes": (
            f"{GITHUB_API}/pulumi/pulumi-kubernetes/releases/tags/v4.25.0"
        ),
        "helm": f"{release['helm']}.sha256",
    }


def members(system: str = "linux", architecture: str = "amd64") -> dict[str, tuple[str, ...]]:
    """What is in each archive, beside what nobody needs."""
    platform = f"{system}-{architecture}"
    return {
        "pulumi": (
            *("pulumi/pulumi", "pulumi/pulumi-language-python", "pulumi/pulumi-language-go"),
            "pulumi/pulumi-language-python-exec",
        ),
        "etcd": (f"etcd-v3.6.16-{platform}/README.md", f"etcd-v3.6.16-{platform}/etcd"),
        "pulumi-resource-kubernetes": ("LICENSE", "pulumi-resource-kubernetes"),
        "helm": (f"{platform}/README.md", f"{platform}/helm"),
    }


def program(name: str) -> bytes:
    """A program that prints its own name."""
    return f"#!/bin/sh\necho released {name}\n".encode()


def archive(names: tuple[str, ...]) -> bytes:
    """A .tar.gz with these files, each of which is a program."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            body = program(name.rpartition("/")[2])
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return content.getvalue()


class ReleaseHosts:
    """All hosts at once."""

    def __init__(self, server: FaultyRepository) -> None:
        self.server = server
        self.url = server.url
        server.responders = {}

    def serve(self, system: str = "linux", architecture: str = "amd64") -> dict[str, bytes]:
        """Serves every release for a platform, and returns its files by tool."""
        archives = {tool: archive(names) for tool, names in members(system, architecture).items()}
        release = paths(system, architecture)
        files = {tool: archives.get(tool) or program(tool) for tool in release}
        for tool, path in release.items():
            self.server.responders[path] = respond(files[tool])
        self.publish(files, system, architecture)
        return files

    def publish(
        self, files: Mapping[str, bytes], system: str = "linux", architecture: str = "amd64"
    ) -> None:
        """Publishes the checksums of files."""
        release = paths(system, architecture)
        by_path: dict[str, dict[str, str]] = {}
        for tool, path in checksum_paths(system, architecture).items():
            if tool in files:
                name = release[tool].rpartition("/")[2]
                by_path.setdefault(path, {})[name] = hashlib.sha256(files[tool]).hexdigest()
        for path, digests in by_path.items():
            self.server.responders[path] = respond(_document(path, digests))


def _document(path: str, digests: Mapping[str, str]) -> bytes:
    if path.startswith(GITHUB_API):
        other = {"name": "another", "digest": None}
        assets = [{"name": name, "digest": f"sha256:{digests[name]}"} for name in digests]
        return json.dumps({"assets": [other, *assets]}).encode()
    if path.endswith(".sha256"):
        return "".join(digests.values()).encode()
    other_line = f"{'0' * 64}  another.tar.gz\n"
    return "".join([other_line, *(f"{digests[name]}  {name}\n" for name in digests)]).encode()


@contextmanager
def running_release_hosts() -> Iterator[ReleaseHosts]:
    """The hosts, with every release for Linux on amd64."""
    with running_repository() as server:
        hosts = ReleaseHosts(server)
        hosts.serve()
        yield hosts
