"""The catalogue of tools. A tool's version is both here and in its module's go.mod."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tools.errors import ToolError

MODULES = Path(__file__).parent / "go"

_PULUMI_VERSION = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_KUBERNETES_VERSION = "k8s.io/component-base/version"
_HELM = "helm.sh/helm/v3"
_GITHUB_API = "https://api.github.com/repos"


class InstalledCopy(Enum):
    """Which copy that is already installed is used, so that none is downloaded or built."""

    NOT_OLDER = "on PATH, of this major version and not older"
    SAME_MAJOR = "on PATH, of this major version"
    SAME_VERSION = "on PATH, of exactly this version"
    PLUGIN = "in Pulumi's plugin folder, of exactly this version"


@dataclass(frozen=True)
class Binary:
    """An executable: its file name, its Go package, and the variables to set at link time."""

    name: str
    package: str
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def default_name(self) -> str:
        """The file name that Go gives it: the last part of its path that is no version."""
        return re.sub(r"/v\d+$", "", self.package).rpartition("/")[2]

    @property
    def linker_flags(self) -> str:
        """Go's -ldflags. Symbol tables, a third of the size, are left out."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)])


@dataclass(frozen=True)
class ModuleFile:
    """A script in a Go module, which is copied next to the binaries."""

    module: str
    path: str


@dataclass(frozen=True)
class Release:
    """The official release of a tool.

    In every string, `{version}`, `{os}` and `{arch}` stand for the tool's version and Go's names
    for this machine.
    """

    url: str
    checksums: str
    """The URL of the published SHA-256: a file that lists it, or GitHub's own account of a release,
    which has a digest of each file. (https://docs.github.com/en/rest/releases/releases)"""
    members: tuple[str, ...] = ()
    """What is taken from the archive. Empty if the release is the binary itself."""
    systems: tuple[str, ...] = ("linux", "darwin")
    amd64: str = "amd64"
    """The release's name for Go's amd64."""


@dataclass(frozen=True)
class Tool:
    """Binaries that are found, downloaded, built and cached together, in one folder."""

    name: str
    version: str
    purpose: str
    installed: InstalledCopy
    module: str
    binaries: tuple[Binary, ...]
    release: Release
    files: tuple[ModuleFile, ...] = ()
    version_command: tuple[str, ...] = ("--version",)

    @property
    def module_folder(self) -> Path:
        """The folder of its go.mod."""
        return MODULES / self.module

    @property
    def label(self) -> str:
        """Its name and version, for messages."""
        return f"{self.name} {self.version}"


def _control_plane(component: str, purpose: str) -> Tool:
    version = "1.36.3"
    major, minor, _ = version.split(".")
    variables = (
        (f"{_KUBERNETES_VERSION}.gitVersion", f"v{version}"),
        (f"{_KUBERNETES_VERSION}.gitMajor", major),
        (f"{_KUBERNETES_VERSION}.gitMinor", minor),
    )
    # https://kubernetes.io/releases/download/ has these URLs. There are no servers for macOS.
    url = f"https://dl.k8s.io/release/v{{version}}/bin/{{os}}/{{arch}}/{component}"
    return Tool(
        name=component,
        version=version,
        purpose=purpose,
        installed=InstalledCopy.SAME_VERSION,
        module="cluster",
        binaries=(Binary(component, f"k8s.io/kubernetes/cmd/{component}", variables),),
        release=Release(url=url, checksums=f"{url}.sha256", systems=("linux",)),
    )


def _kwok(name: str, purpose: str) -> Tool:
    return Tool(
        name=name,
        version="0.8.0",
        purpose=purpose,
        installed=InstalledCopy.SAME_VERSION,
        module="cluster",
        binaries=(Binary(name, f"sigs.k8s.io/kwok/cmd/{name}"),),
        # kwok's hack/releases.sh uploads these files, and no checksums.
        release=Release(
            url=(
                "https://github.com/kubernetes-sigs/kwok/releases/download/v{version}/"
                f"{name}-{{os}}-{{arch}}"
            ),
            checksums=f"{_GITHUB_API}/kubernetes-sigs/kwok/releases/tags/v{{version}}",
        ),
    )


CATALOGUE = (
    Tool(
        name="pulumi",
        version="3.259.0",
        purpose="the engine, with its language host for Python",
        installed=InstalledCopy.NOT_OLDER,
        module="engine",
        # Without a version the CLI prints an empty line, which the Automation API refuses. The host
        # must be beside the CLI: if it is only on PATH, every preview begins with a warning.
        binaries=(
            Binary(
                "pulumi",
                "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                ((_PULUMI_VERSION, "v3.259.0"),),
            ),
            Binary(
                "pulumi-language-python",
                "./pulumi-language-python",
                ((_PULUMI_VERSION, "v3.259.0"),),
            ),
        ),
        files=(
            ModuleFile("github.com/pulumi/pulumi/sdk/v3", "python/cmd/pulumi-language-python-exec"),
        ),
        # What https://get.pulumi.com installs. The checksums: .github/workflows/sign.yml of
        # pulumi/pulumi makes them, and https://github.com/pulumi/pulumi/issues/10807 is where they
        # are published.
        release=Release(
            url="https://get.pulumi.com/releases/sdk/pulumi-v{version}-{os}-{arch}.tar.gz",
            checksums="https://get.pulumi.com/releases/sdk/pulumi-{version}-checksums.txt",
            members=(
                "pulumi/pulumi",
                "pulumi/pulumi-language-python",
                "pulumi/pulumi-language-python-exec",
            ),
            amd64="x64",
        ),
        version_command=("version",),
    ),
    _control_plane("kube-apiserver", "the simulated cluster's API"),
    _control_plane("kube-controller-manager", "the simulated cluster's controllers"),
    _control_plane("kube-scheduler", "the simulated cluster's scheduler"),
    Tool(
        name="etcd",
        version="3.6.16",
        purpose="the simulated cluster's storage",
        installed=InstalledCopy.SAME_VERSION,
        module="cluster",
        binaries=(Binary("etcd", "go.etcd.io/etcd/server/v3"),),
        # Each release of etcd-io/etcd has these files. For macOS they are .zip, and building etcd
        # takes seconds where the rest of the cluster is built anyway.
        release=Release(
            url=(
                "https://github.com/etcd-io/etcd/releases/download/v{version}/"
                "etcd-v{version}-{os}-{arch}.tar.gz"
            ),
            checksums="https://github.com/etcd-io/etcd/releases/download/v{version}/SHA256SUMS",
            members=("etcd-v{version}-{os}-{arch}/etcd",),
            systems=("linux",),
        ),
    ),
    _kwok("kwok", "plays the simulated cluster's kubelets"),
    _kwok("kwokctl", "starts and stops the simulated cluster"),
    Tool(
        name="pulumi-resource-kubernetes",
        version="4.25.0",
        purpose="Pulumi's Kubernetes provider",
        installed=InstalledCopy.PLUGIN,
        module="provider",
        binaries=(
            Binary(
                "pulumi-resource-kubernetes",
                "./pulumi-resource-kubernetes",
                (
                    (
                        "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version",
                        "4.25.0",
                    ),
                ),
            ),
        ),
        # Where `pulumi plugin install` looks first: githubSource.Download in
        # sdk/v3/go/common/workspace/plugins.go of pulumi/pulumi.
        release=Release(
            url=(
                "https://github.com/pulumi/pulumi-kubernetes/releases/download/v{version}/"
                "pulumi-resource-kubernetes-v{version}-{os}-{arch}.tar.gz"
            ),
            checksums=f"{_GITHUB_API}/pulumi/pulumi-kubernetes/releases/tags/v{{version}}",
            members=("pulumi-resource-kubernetes",),
        ),
    ),
    Tool(
        name="helm",
        version="3.18.6",
        purpose="renders charts in tests, in the Kubernetes provider's version",
        installed=InstalledCopy.SAME_MAJOR,
        # The provider contains nearly all of Helm, in this version.
        module="provider",
        # Without these, Capabilities.KubeVersion is 1.20 in charts.
        binaries=(
            Binary(
                "helm",
                f"{_HELM}/cmd/helm",
                (
                    (f"{_HELM}/internal/version.version", "v3.18.6"),
                    (f"{_HELM}/pkg/chartutil.k8sVersionMajor", "1"),
                    (f"{_HELM}/pkg/chartutil.k8sVersionMinor", "33"),
                ),
            ),
        ),
        # What Helm's own https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 reads.
        release=Release(
            url="https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
            checksums="https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz.sha256",
            members=("{os}-{arch}/helm",),
        ),
        version_command=("version", "--short"),
    ),
)

NAMES = tuple(binary.name for tool in CATALOGUE for binary in tool.binaries)


def tools_with(names: Sequence[str]) -> list[Tool]:
    """Returns the tools that contain these binaries, in the order of the catalogue.

    Raises:
        ToolError: If there is no such binary.
    """
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise ToolError(f"No such tool: {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
    return [tool for tool in CATALOGUE if any(binary.name in names for binary in tool.binaries)]
