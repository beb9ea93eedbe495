"""Every tool, one row each. A version stands here and in the go.mod of its module."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tools.errors import ToolError

MODULES = Path(__file__).parent / "go"

_PULUMI_VERSION = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_KUBERNETES_VERSION = "k8s.io/component-base/version"
_HELM = "helm.sh/helm/v3"


class Installed(Enum):
    """Which copy that a person has already installed may stand in for our own build."""

    NOT_OLDER = "on PATH, in this major version and not older"
    SAME_MAJOR = "on PATH, in this major version"
    SAME_VERSION = "on PATH, in this very version"
    PLUGIN = "in Pulumi's own plugin folder, in this very version"


@dataclass(frozen=True)
class Binary:
    """One executable: its file name, its Go package, and the string variables set at link time."""

    name: str
    package: str
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def linker_flags(self) -> str:
        """Without symbol tables, which nobody reads here and which make a third of the size."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)])


@dataclass(frozen=True)
class ModuleFile:
    """A script that a Go module carries beside its code; it's put next to the binaries."""

    module: str
    path: str


@dataclass(frozen=True)
class Tool:
    """What is found, built and cached together, in one folder."""

    name: str
    version: str
    purpose: str
    installed: Installed
    module: str
    binaries: tuple[Binary, ...]
    files: tuple[ModuleFile, ...] = ()
    version_command: tuple[str, ...] = ("--version",)

    @property
    def module_folder(self) -> Path:
        """Where its go.mod lies, in this checkout."""
        return MODULES / self.module

    @property
    def label(self) -> str:
        """How it's called where a person reads."""
        return f"{self.name} {self.version}"


def _control_plane(component: str, purpose: str) -> Tool:
    version = "1.36.3"
    major, minor, _ = version.split(".")
    variables = (
        (f"{_KUBERNETES_VERSION}.gitVersion", f"v{version}"),
        (f"{_KUBERNETES_VERSION}.gitMajor", major),
        (f"{_KUBERNETES_VERSION}.gitMinor", minor),
    )
    return Tool(
        name=component,
        version=version,
        purpose=purpose,
        installed=Installed.SAME_VERSION,
        module="cluster",
        binaries=(Binary(component, f"k8s.io/kubernetes/cmd/{component}", variables),),
    )


def _kwok(name: str, purpose: str) -> Tool:
    return Tool(
        name=name,
        version="0.8.0",
        purpose=purpose,
        installed=Installed.SAME_VERSION,
        module="cluster",
        binaries=(Binary(name, f"sigs.k8s.io/kwok/cmd/{name}"),),
    )


CATALOGUE = (
    Tool(
        name="pulumi",
        version="3.259.0",
        purpose="the engine, with its host for Python programs",
        installed=Installed.NOT_OLDER,
        module="engine",
        # Without its version the CLI prints an empty line, and the Automation API refuses it. The
        # host has to lie beside the CLI: found on PATH alone, every preview begins with a warning.
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
        version_command=("version",),
    ),
    Tool(
        name="helm",
        version="3.18.6",
        purpose="renders charts in tests; the version inside the Kubernetes provider",
        installed=Installed.SAME_MAJOR,
        module="engine",
        # A chart that asks for Capabilities.KubeVersion gets 1.20 from a helm built without these.
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
        version_command=("version", "--short"),
    ),
    _control_plane("kube-apiserver", "the simulated cluster: its API"),
    _control_plane("kube-controller-manager", "the simulated cluster: its controllers"),
    _control_plane("kube-scheduler", "the simulated cluster: places pods on nodes"),
    Tool(
        name="etcd",
        version="3.6.16",
        purpose="the simulated cluster: its storage",
        installed=Installed.SAME_VERSION,
        module="cluster",
        binaries=(Binary("etcd", "go.etcd.io/etcd/server/v3"),),
    ),
    _kwok("kwok", "the simulated cluster: plays its kubelets"),
    _kwok("kwokctl", "starts and stops the simulated cluster"),
    Tool(
        name="pulumi-resource-kubernetes",
        version="4.25.0",
        purpose="Pulumi's Kubernetes provider",
        installed=Installed.PLUGIN,
        module="provider",
        binaries=(
            Binary(
                "pulumi-resource-kubernetes",
                ".",
                (
                    (
                        "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version",
                        "4.25.0",
                    ),
                ),
            ),
        ),
    ),
)

NAMES = tuple(binary.name for tool in CATALOGUE for binary in tool.binaries)


def tools_with(names: Sequence[str]) -> list[Tool]:
    """The tools that bring these binaries, each once, in catalogue order."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise ToolError(f"No such tool: {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
    return [tool for tool in CATALOGUE if any(binary.name in names for binary in tool.binaries)]
