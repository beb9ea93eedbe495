"""Releases however they came to be: by Helm 4, after a failed upgrade, by Flux, by Argo CD."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from tests.support.go_build import GO_BUILD_SECONDS, HELM_4, build_go_program
from tests.support.helm import HelmWorkspace
from tests.support.helm_values import FACTS
from tests.support.program import CHART, Program
from tools.adopt import live_objects, record
from tools.adopt.record import Release

pytestmark = pytest.mark.engine


@pytest.fixture
def workspace(program: Program) -> HelmWorkspace:
    return HelmWorkspace(program)


@pytest.fixture(scope="module")
def helm_4() -> Path:
    return build_go_program(HELM_4)


@pytest.mark.timeout(GO_BUILD_SECONDS)
@pytest.mark.parametrize("options", [(), ("--as-is",)], ids=["fixed", "as-is"])
def test_helm_4_gets_back_what_it_can_upgrade(
    program: Program, helm_4: Path, options: tuple[str, ...]
) -> None:
    workspace = HelmWorkspace(program, helm_4)
    workspace.install(FACTS["per-service"])
    assert owners(workspace) == {("helm", "Apply")}
    before = workspace.pods()
    assert workspace.adopt(*options) == 0
    workspace.wait_until_ready()
    assert workspace.managers() == {"pulumi"}
    if options:
        assert workspace.pods() == before
    assert workspace.return_to_helm() == 0
    assert owners(workspace) == {("helm", "Apply")}
    change = "microservices.account.replicas=5"
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", change)
    workspace.wait_until_ready()
    assert program.pods()["account"] == 5
    workspace.helm("upgrade", "chat", CHART, "--reuse-values", "--set", "podLabels.a=b")


def test_an_older_revision_runs_on_after_a_failed_upgrade(
    workspace: HelmWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.install(FACTS["per-service"])
    wrong = ("--set", "service.type=Nowhere", "--set", "replicaCount=9")
    assert "Nowhere" in workspace.fails("upgrade", "chat", CHART, "--reuse-values", *wrong)
    assert "failed" in workspace.helm("list", "--all")
    # Helm has changed one object before it failed at another.
    workspace.wait_until_ready()
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    assert "revision 1 (deployed)" in capsys.readouterr().out
    assert workspace.pods() == before
    assert workspace.return_to_helm() == 0
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")


def test_flux_is_named_and_gets_its_fields_back(
    workspace: HelmWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.install(FACTS["per-service"])
    label = {"helm.toolkit.fluxcd.io/name": "chat"}
    apply_as(workspace, "helm-controller", labels=label)
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    assert "Flux deploys it, too. Before you go on: suspend the HelmRelease" in (
        capsys.readouterr().out
    )
    assert workspace.managers() == {"pulumi"}
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}
    assert workspace.return_to_helm() == 0
    assert owners(workspace) == {("helm-controller", "Apply")}


def test_argo_cd_leaves_no_record_and_is_taken_over_by_its_values(
    workspace: HelmWorkspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.install(FACTS["per-service"])
    tracking = {"argocd.argoproj.io/tracking-id": "chat:apps/Deployment:chat/chat"}
    apply_as(workspace, "argocd-controller", annotations=tracking)
    with workspace.program.cluster.api() as api:
        for secret in record.find_records(api, "chat", workspace.namespace):
            live_objects.delete(api, secret)
    before = workspace.pods()
    assert workspace.adopt() == 1
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(dict(FACTS["per-service"])))
    unrecorded = ("--without-record", "--values", str(values), "--as-is")
    assert workspace.adopt(*unrecorded) == 0
    assert "Argo CD deploys it, too. Before you go on:" in capsys.readouterr().out
    assert workspace.managers() == {"pulumi"}
    assert workspace.pods() == before
    assert workspace.config()["replicas"]["ddpStreamer"] == 8
    assert set(workspace.up()) == {"same"}
    assert workspace.adopt(*unrecorded) == 0
    assert "has already taken" in capsys.readouterr().out
    assert workspace.return_to_helm() == 0
    assert owners(workspace) == {("argocd-controller", "Apply")}
    assert workspace.pods() == before
    assert workspace.state() == []
    assert workspace.helm("list", "--short") == ""


def test_a_part_of_an_umbrella_chart_outlives_its_removal_from_there(
    workspace: HelmWorkspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    umbrella = tmp_path / "umbrella"
    dependency = {"name": "rocketchat", "version": ">0.0.0-0", "condition": "rocketchat.enabled"}
    chart = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0"}
    (umbrella / "charts").mkdir(parents=True)
    (umbrella / "Chart.yaml").write_text(yaml.safe_dump({**chart, "dependencies": [dependency]}))
    if Path(CHART).is_dir():
        shutil.copytree(CHART, umbrella / "charts" / "rocketchat")
    else:
        shutil.copy(CHART, umbrella / "charts")
    values = {"rocketchat": FACTS["per-service"]}
    workspace.helm("install", "chat", str(umbrella), "--create-namespace", values=values)
    workspace.wait_until_ready()
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 1
    assert "name the key of its values by --subchart; there are: rocketchat" in (
        capsys.readouterr().err
    )
    assert workspace.adopt("--as-is", "--subchart", "rocketchat") == 0
    assert workspace.managers() == {"pulumi", "rocketchat"}
    assert workspace.pods() == before
    workspace.helm(
        "upgrade", "chat", str(umbrella), "--reuse-values", "--set", "rocketchat.enabled=false"
    )
    assert workspace.pods() == before
    # Helm lets go of the objects while it runs, and the first update may write them once more.
    workspace.up()
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}
    assert workspace.return_to_helm() == 0
    assert workspace.managers() == {"helm"}
    assert workspace.pods() == before


def test_monoliths_that_share_a_volume_of_one_node_keep_it(workspace: HelmWorkspace) -> None:
    workspace.install({**FACTS["per-service"], "persistence": {"enabled": True, "size": "1Gi"}})
    before = workspace.pods()
    assert workspace.adopt() == 1
    assert workspace.pods() == before
    assert workspace.adopt("--as-is") == 0
    assert workspace.pods() == before
    assert set(workspace.up()) == {"same"}
    assert workspace.pods() == before
    with workspace.program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        (claim,) = core.list_namespaced_persistent_volume_claim(workspace.namespace).items
        assert claim.metadata.name == "chat-rocketchat"
    assert workspace.return_to_helm() == 0
    workspace.helm("upgrade", "chat", CHART, "--reuse-values")
    assert workspace.pods() == before


def test_what_others_have_changed_is_shown_with_what_becomes_of_it(
    workspace: HelmWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.install({**FACTS["per-service"], "ingress": {"enabled": True}})
    with workspace.program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        networking: Any = client.NetworkingV1Api(api)
        scaling: Any = client.AutoscalingV2Api(api)
        namespace = workspace.namespace
        scale = {"spec": {"replicas": 4, "revisionHistoryLimit": 3, "minReadySeconds": 1}}
        apps.patch_namespaced_deployment(
            "chat-presence", namespace, scale, field_manager="kubectl-edit"
        )
        service = {"name": "chat-rocketchat", "port": {"number": 80}}
        route = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
        rule = {"host": "chat.example.com", "http": {"paths": [route]}}
        foreign = {"metadata": {"name": "by-hand"}, "spec": {"rules": [rule]}}
        networking.create_namespaced_ingress(namespace, foreign)
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat-account"}
        autoscaler = {"scaleTargetRef": target, "minReplicas": 4, "maxReplicas": 9}
        scaling.create_namespaced_horizontal_pod_autoscaler(
            namespace, {"metadata": {"name": "by-hand"}, "spec": autoscaler}
        )
    workspace.wait_until_ready()
    before = workspace.pods()
    assert workspace.adopt("--as-is") == 0
    output = capsys.readouterr().out
    assert "Deployment/chat-presence spec.replicas: kubectl-edit set 4; it is kept" in output
    assert "Ingress/by-hand in namespace" in output
    assert "HorizontalPodAutoscaler/by-hand scales Deployment/chat-account; it stays" in output
    assert workspace.pods() == before
    assert workspace.config()["replicas"]["presence"] == 4


def owners(workspace: HelmWorkspace) -> set[tuple[str, str]]:
    """Who owns fields of the Deployments, and by which operation."""
    with workspace.program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        deployments = apps.list_namespaced_deployment(workspace.namespace).items
        return {
            (entry.manager, entry.operation)
            for deployment in deployments
            for entry in deployment.metadata.managed_fields
            if entry.subresource is None and entry.manager != "kube-controller-manager"
        }


def apply_as(
    workspace: HelmWorkspace,
    manager: str,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
) -> None:
    """Applies what Helm has rendered on the server as another manager, which replaces Helm."""
    with workspace.program.cluster.api() as api:
        release = record.find_release(api, "chat", workspace.namespace)
        assert isinstance(release, Release)
        for obj in release.objects:
            metadata = obj["metadata"]
            metadata["labels"] = {**metadata.get("labels", {}), **(labels or {})}
            metadata["annotations"] = {**metadata.get("annotations", {}), **(annotations or {})}
            path = live_objects._path(obj)  # noqa: SLF001 - where the object is
            query = {"fieldManager": manager, "force": "true"}
            kind = "application/apply-patch+yaml"
            api.send("PATCH", path, obj, query=query, content_type=kind)
            live_objects.change_managed_fields(
                api,
                obj,
                lambda live: [
                    entry
                    for entry in live["metadata"]["managedFields"]
                    if entry["manager"] != "helm"
                ],
            )
