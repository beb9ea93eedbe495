"""Who deploys a release besides a person with `helm`, and what they need to know first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from components.kube.objects import KubernetesObject


class FieldOwner(NamedTuple):
    """How a manager writes fields, as `metadata.managedFields` has it."""

    manager: str
    operation: str
    """`Apply` for server-side apply, else `Update`."""


@dataclass(frozen=True)
class Deployer:
    """A program that installs charts."""

    name: str
    managers: tuple[str, ...]
    """How the names of its field managers begin."""
    marks: tuple[str, ...] = ()
    """How the keys of its labels and annotations begin."""
    advice: str = ""
    """What to do before a takeover, so that it doesn't undo it."""


HELM = Deployer("Helm", ("helm",))
ARGO_CD = Deployer(
    "Argo CD",
    ("argocd-controller", "argocd-application-controller"),
    ("argocd.argoproj.io/",),
    "switch automated sync off and delete the Application without its objects: `argocd app set NAME"
    " --sync-policy none`, `argocd app delete NAME --cascade=false`. Remove it from an"
    " ApplicationSet or a parent Application first.",
)
FLUX = Deployer(
    "Flux",
    ("helm-controller", "kustomize-controller"),
    ("helm.toolkit.fluxcd.io/", "kustomize.toolkit.fluxcd.io/"),
    "suspend the HelmRelease and take it out of Git: `flux suspend helmrelease NAME`. Deleting it"
    " while it is suspended leaves the objects alone.",
)
TERRAFORM = Deployer(
    "Terraform",
    ("terraform-provider-helm", "HashiCorp", "Terraform"),
    (),
    "make it forget the release, and take the resource out of its configuration: `terraform state"
    " rm helm_release.NAME`.",
)
_OTHERS = (ARGO_CD, FLUX, TERRAFORM)


def is_deployer(manager: str) -> bool:
    """Whether the fields of a manager are those of a deployed release."""
    # Flux's manager begins as Helm's does.
    exact = manager in HELM.managers
    return exact or any(manager.startswith(deployer.managers) for deployer in _OTHERS)


def find_deployers(objects: Iterable[KubernetesObject]) -> list[Deployer]:
    """Returns those besides Helm that deploy objects of the cluster."""
    found = set()
    for obj in objects:
        metadata = obj["metadata"]
        keys = (*(metadata.get("labels") or ()), *(metadata.get("annotations") or ()))
        managers = [str(entry.get("manager", "")) for entry in metadata.get("managedFields", [])]
        found |= {
            deployer.name
            for deployer in _OTHERS
            if any(manager.startswith(deployer.managers) for manager in managers)
            or (deployer.marks and any(key.startswith(deployer.marks) for key in keys))
        }
    return [deployer for deployer in _OTHERS if deployer.name in found]


def find_owner(objects: Iterable[KubernetesObject]) -> FieldOwner | None:
    """Returns who has deployed most of the objects of the cluster, and how; None for nobody."""
    owners = Counter(
        FieldOwner(str(entry["manager"]), str(entry.get("operation", "Update")))
        for obj in objects
        for entry in obj["metadata"].get("managedFields", [])
        if is_deployer(str(entry.get("manager", ""))) and not entry.get("subresource")
    )
    return owners.most_common(1)[0][0] if owners else None
