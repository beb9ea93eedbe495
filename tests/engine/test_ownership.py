"""What the preview says is what `up` does, on a cluster that others touch too."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.killable_update import ready_pods, unexpected_changes
from tests.support.program import Program
from tests.support.second_hand import DEPLOYMENTS, MERGE, STRATEGIC, SecondHand
from tests.support.waiting import wait_for
from tests.support.watching import watch_ready_pods
from tools.status.__main__ import HEALTHY, main

pytestmark = pytest.mark.engine

PRESENCE = "chat-presence"
ACCOUNT = "chat-account"
STREAMER = "chat-ddp-streamer"
MONOLITH = "chat-rocketchat"


@pytest.fixture
def second_hand(program: Program) -> SecondHand:
    return SecondHand(program)


def warnings(program: Program, **config: object) -> list[str]:
    """The warnings of a preview with this config that are about what others have done."""
    found = [
        str(item["message"]).strip().removeprefix("warning: ")
        for item in program.preview(**config)["diagnostics"]
        if item["severity"] == "warning"
    ]
    return [warning for warning in found if not warning.startswith("license: ")]


def refresh(program: Program) -> str:
    """Runs `pulumi up --refresh` and returns its output."""
    options = ("--refresh", "--yes", "--skip-preview", "--color", "never")
    done = program.run("up", *options, "--stack", "test")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def image_of(program: Program, name: str) -> str:
    return str(program.deployment(name).spec.template.spec.containers[0].image)


def test_an_update_takes_the_number_back_from_somebody_who_scaled(
    program: Program, second_hand: SecondHand
) -> None:
    program.up(replicas={"presence": 2})
    second_hand.scale(PRESENCE, 5)
    reported = warnings(program, replicas={"presence": 3})
    assert reported == [
        "Deployment/chat-presence spec.replicas: kubectl set 5; this update sets 3."
    ]
    program.up(replicas={"presence": 3})
    assert second_hand.replicas(PRESENCE) == 3
    assert warnings(program, replicas={"presence": 3}) == []
    assert unexpected_changes(program) == ""


def test_without_a_change_of_the_config_a_refresh_undoes_what_was_done_by_hand(
    program: Program, second_hand: SecondHand
) -> None:
    program.up()
    before = image_of(program, ACCOUNT)
    second_hand.set_image(ACCOUNT, "account-service", "rocketchat/account-service:8.0.0")
    second_hand.scale(PRESENCE, 0)
    restarts = " That restarts its pods."
    image = f"Deployment/{ACCOUNT} spec.template.spec.containers[account-service].image: "
    by_hand = "kubectl-set set rocketchat/account-service:8.0.0; "
    leaves = "`pulumi up --refresh` sets it back, and an update without --refresh leaves it."
    assert sorted(warnings(program)) == [
        f"{image}{by_hand}the stack says {before}. {leaves}{restarts}",
        # Kubernetes doesn't record who has scaled to 0.
        f"Deployment/{PRESENCE} spec.replicas: somebody set 0; the stack says 1. {leaves}",
    ]
    assert set(program.repeat_up().changes) == {"same"}
    assert second_hand.replicas(PRESENCE) == 0
    output = refresh(program)
    assert f"{image}{by_hand}the stack says {before}. {leaves}{restarts}" in output
    assert image_of(program, ACCOUNT) == before
    assert second_hand.replicas(PRESENCE) == 1
    assert warnings(program) == []


def test_edited_and_removed_fields_are_reported_and_set_back(
    program: Program, second_hand: SecondHand
) -> None:
    program.up()
    entry = {"name": "MS_METRICS", "value": "canary-81"}
    second_hand.set_env(ACCOUNT, "account-service", variable="MS_METRICS", value="no")
    removed = {"name": "RETRY_ENABLED", "$patch": "delete"}
    container = {"name": "presence-service", "env": [removed, entry]}
    second_hand.edit(PRESENCE, {"spec": {"template": {"spec": {"containers": [container]}}}})
    tag = {"image": {"tag": "8.6.2"}}
    reported = "\n".join(warnings(program, **tag))
    containers = "spec.template.spec.containers"
    account = f"Deployment/{ACCOUNT} {containers}[account-service].env[MS_METRICS].value"
    assert f"{account}: kubectl-set set another value; this update sets it back." in reported
    presence = f"Deployment/{PRESENCE} {containers}[presence-service].env"
    assert f"{presence}[MS_METRICS].value: kubectl-edit set another value; this" in reported
    assert f"{presence}[RETRY_ENABLED]: was removed by hand; this update sets it back." in reported
    assert "canary-81" not in reported
    assert len(reported.splitlines()) == 3
    program.up(**tag)
    variables = program.environment_of(PRESENCE)
    assert variables["MS_METRICS"] == "true"
    assert "RETRY_ENABLED" in variables
    assert program.environment_of(ACCOUNT)["MS_METRICS"] == "true"
    assert warnings(program, **tag) == []


def test_what_others_have_added_stays_theirs(program: Program, second_hand: SecondHand) -> None:
    program.up()
    deployment = DEPLOYMENTS.format("{}", PRESENCE)
    sidecar = {"name": "proxy", "image": "mesh/proxy:1"}
    contained = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    body: dict[str, Any] = {
        "metadata": {"annotations": {"mesh.example.com/on": "yes"}, "labels": {"mesh": "on"}},
        "spec": {
            "template": {"spec": {"containers": [{**sidecar, "securityContext": contained}]}},
        },
    }
    second_hand.patch(deployment, body, "mesh-operator", STRATEGIC)
    note = {"metadata": {"annotations": {"note": "mine"}}}
    second_hand.patch(DEPLOYMENTS.format("{}", ACCOUNT), note, "kubectl-annotate", MERGE)
    by_name = {"metadata": {"annotations": {"on-call": "me"}}}
    second_hand.patch(DEPLOYMENTS.format("{}", ACCOUNT), by_name, "on-call", MERGE)
    # No update of that object, and so nothing to tell.
    assert warnings(program) == []
    (reported,) = warnings(program, image={"tag": "8.6.2"})
    assert reported.startswith(
        f"Deployment/{ACCOUNT} metadata.annotations.note: kubectl-annotate set mine; this update"
        " removes it"
    )
    program.up(image={"tag": "8.6.2"})
    presence = second_hand.deployment(PRESENCE)
    assert presence["metadata"]["annotations"]["mesh.example.com/on"] == "yes"
    assert presence["metadata"]["labels"]["mesh"] == "on"
    names = [item["name"] for item in presence["spec"]["template"]["spec"]["containers"]]
    assert sorted(names) == ["presence-service", "proxy"]
    annotations = second_hand.deployment(ACCOUNT)["metadata"]["annotations"]
    assert annotations["on-call"] == "me"
    assert "note" not in annotations


def test_a_path_that_a_certificates_challenge_adds_fails_no_update(
    program: Program, second_hand: SecondHand
) -> None:
    program.up()
    ingresses = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"
    (ingress,) = second_hand.get(ingresses)["items"]
    path = f"{ingresses}/{ingress['metadata']['name']}"
    rules = ingress["spec"]["rules"]
    challenge = {
        "path": "/.well-known/acme-challenge/token",
        "pathType": "ImplementationSpecific",
        "backend": {"service": {"name": "cm-acme-http-solver", "port": {"number": 8089}}},
    }
    added = [{**rule, "http": {"paths": [challenge, *rule["http"]["paths"]]}} for rule in rules]
    edit_in_place = {"cert-manager.io/issue-temporary-certificate": "true"}
    body = {"metadata": {"annotations": edit_in_place}, "spec": {"rules": added}}
    second_hand.patch(path, body, "cert-manager-challenges", MERGE)
    config = {"ingress": {"annotations": {"example.com/new": "1"}}}
    (reported,) = warnings(program, **config)
    assert "spec.rules: cert-manager-challenges set" in reported
    program.up(**config)
    after = second_hand.get(path)
    assert after["spec"]["rules"] == rules
    assert after["metadata"]["annotations"].items() >= edit_in_place.items()
    assert after["metadata"]["annotations"]["example.com/new"] == "1"
    # While it is solved the path comes back, and then the solver takes it away.
    second_hand.patch(path, {"spec": {"rules": added}}, "cert-manager-challenges", MERGE)
    assert second_hand.get(path)["spec"]["rules"] == added
    program.repeat_up()
    second_hand.patch(path, {"spec": {"rules": rules}}, "cert-manager-challenges", MERGE)
    config = {"ingress": {"annotations": {"example.com/new": "2"}}}
    assert warnings(program, **config) == []
    program.up(**config)
    after = second_hand.get(path)
    assert after["spec"]["rules"] == rules
    assert after["metadata"]["annotations"]["example.com/new"] == "2"


def autoscaled(low: int, high: int) -> dict[str, object]:
    streamer = {
        "autoscaling": {"minReplicas": low, "maxReplicas": high},
        "resources": {"requests": {"cpu": "100m"}},
    }
    return {"services": {"ddpStreamer": streamer}}


def scale_as_autoscaler(second_hand: SecondHand, name: str, replicas: int) -> None:
    path = f"{DEPLOYMENTS.format('{}', name)}/scale"
    body = {"spec": {"replicas": replicas}}
    second_hand.patch(path, body, "kube-controller-manager", MERGE)


def test_no_instance_is_lost_when_autoscaling_is_switched_on_changed_or_off(
    program: Program, second_hand: SecondHand
) -> None:
    program.up(replicas={"ddpStreamer": 6})
    with watch_ready_pods(program) as lowest:
        program.up(**autoscaled(2, 9))
        assert second_hand.replicas(STREAMER) == 6
        program.up(**autoscaled(2, 9), image={"tag": "8.6.2"})
    assert lowest["ddp-streamer"] == 6
    with watch_ready_pods(program) as lowest:
        result = program.up(**autoscaled(8, 9), image={"tag": "8.6.2"})
        assert result.outputs["instances"]["ddpStreamer"] == 8
        wait_for(lambda: program.pods()["ddp-streamer"] == 8)
        scale_as_autoscaler(second_hand, STREAMER, 9)
        wait_for(lambda: program.pods()["ddp-streamer"] == 9)
    assert lowest["ddp-streamer"] == 6
    off: dict[str, object] = {"image": {"tag": "8.6.2"}, "replicas": {"ddpStreamer": 3}}
    (reported,) = warnings(program, **off)
    assert reported == (
        "services.ddpStreamer.autoscaling: is switched off, and Deployment/chat-ddp-streamer keeps"
        " the 9 instances that its autoscaler chose last. A later update makes it 3; give"
        " replicas.ddpStreamer another number if that is too few."
    )
    with watch_ready_pods(program) as lowest:
        program.up(**off)
    assert lowest["ddp-streamer"] == 9
    assert second_hand.replicas(STREAMER) == 9
    (reported,) = warnings(program, **off)
    assert reported.startswith(
        "Deployment/chat-ddp-streamer spec.replicas: kube-controller-manager set 9; "
    )
    program.repeat_up()
    assert second_hand.replicas(STREAMER) == (3 if "this update sets 3" in reported else 9)
    refresh(program)
    assert second_hand.replicas(STREAMER) == 3


def test_the_number_is_left_to_an_autoscaler_of_somebody_else(
    program: Program, second_hand: SecondHand
) -> None:
    program.up()
    for name in (PRESENCE, MONOLITH):
        second_hand.autoscale(name, 4, 6, as_name=f"for-{name}")
    check_that_the_number_is_left(program, second_hand, "HorizontalPodAutoscaler", 4)
    status = ["--simulated", "--stack", "test"]
    wait_for(
        lambda: main(status, program.simulation) == HEALTHY,
        "the workspace never ran as configured",
    )


def test_the_number_is_left_to_keda_and_no_second_autoscaler_is_allowed(
    program: Program, second_hand: SecondHand
) -> None:
    second_hand.define_scaled_objects()
    program.up()
    for name in (PRESENCE, MONOLITH):
        second_hand.autoscale_by_keda(name, 4, 6, as_name=f"for-{name}")
        scale_as_autoscaler(second_hand, name, 5)
    check_that_the_number_is_left(program, second_hand, "ScaledObject", 5)
    second_hand.autoscale_by_keda(STREAMER, 2, 3, as_name="theirs")
    second_hand.autoscale(MONOLITH, 2, 3, as_name="another")
    output = program.fails(**autoscaled(2, 9), image={"tag": "8.6.2"})
    assert (
        "services.ddpStreamer.autoscaling: ScaledObject/theirs on the cluster scales"
        " Deployment/chat-ddp-streamer too"
    ) in output
    assert (
        "replicas.rocketchat: HorizontalPodAutoscaler/another and ScaledObject/for-chat-rocketchat"
        " on the cluster both scale Deployment/chat-rocketchat"
    ) in output


def check_that_the_number_is_left(
    program: Program, second_hand: SecondHand, kind: str, number: int
) -> None:
    """Checks that an update leaves the number of presence and the monolith to an autoscaler."""
    wait_for(lambda: {"presence": number, "rocketchat": number}.items() <= program.pods().items())
    config: dict[str, object] = {"replicaCount": 2, "image": {"tag": "8.6.2"}}
    assert sorted(warnings(program, **config)) == [
        f"replicas.{service}: {kind}/for-chat-{service} on the cluster, which isn't this stack's,"
        f" scales Deployment/chat-{service}. The number of instances ({number} now) is left to it."
        for service in ("presence", "rocketchat")
    ]
    with watch_ready_pods(program) as lowest:
        program.up(**config)
    for service in ("presence", "rocketchat"):
        assert second_hand.replicas(f"chat-{service}") == number
        assert lowest[service] == number
        assert image_of(program, f"chat-{service}").endswith(":8.6.2")


def test_two_autoscalers_on_one_workload_are_refused(
    program: Program, second_hand: SecondHand
) -> None:
    program.up()
    second_hand.autoscale(STREAMER, 2, 3, as_name="theirs")
    output = program.fails(**autoscaled(2, 9))
    assert (
        "services.ddpStreamer.autoscaling: HorizontalPodAutoscaler/theirs on the cluster scales"
        " Deployment/chat-ddp-streamer too"
    ) in output
    assert "Traceback" not in output


def test_two_stacks_with_the_same_objects_are_refused(program: Program, tmp_path: Path) -> None:
    program.up()
    other = Program(tmp_path / "other", program.cluster)
    other.namespace = program.namespace
    other.checkout.joinpath("Pulumi.test.yaml").unlink(missing_ok=True)
    other.configure()
    simulation = other.simulation
    source = other.checkout / "Pulumi.test.yaml"
    source.rename(other.checkout / "Pulumi.second.yaml")
    simulation.configure("second")
    other.stack("second")
    done = other.run("preview", "--stack", "second", "--color", "never")
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"in namespace {program.namespace}: stack test has written them since" in output
    assert "Traceback" not in output
    assert unexpected_changes(program) == ""


def test_a_budget_that_would_block_every_drain_allows_one_disruption(
    program: Program, second_hand: SecondHand
) -> None:
    config: dict[str, object] = {"replicas": {"rocketchat": 3}, "values": {"minAvailable": 3}}
    (reported,) = [text for text in warnings(program, **config) if text.startswith("values")]
    assert reported.startswith(
        "values.minAvailable: would allow no disruption of the 3 instances of rocketchat"
    )
    program.up(**config)
    path = "/apis/policy/v1/namespaces/{}/poddisruptionbudgets/chat-rocketchat"
    wait_for(lambda: second_hand.get(path)["status"]["disruptionsAllowed"] == 1)
    output = program.fails(**config, resilience={"disruptionBudgets": False})
    assert "a budget that lets one of 3 go" in output


def test_objects_of_an_older_program_are_updated_once_and_no_pod_restarts(
    program: Program, second_hand: SecondHand
) -> None:
    module = program.checkout / "components" / "deploy" / "provider_annotations.py"
    current = module.read_text()
    older = current.replace('FORCE: "true", ', "")
    assert older != current
    module.write_text(older)
    program.up()
    before = ready_pods(program.cluster, program.namespace)
    module.write_text(current)
    program.up()
    assert ready_pods(program.cluster, program.namespace) == before
    annotations = second_hand.deployment(PRESENCE)["metadata"]["annotations"]
    assert annotations["pulumi.com/patchForce"] == "true"
    # After a change of its metadata alone, the provider may record a StatefulSet as it was before,
    # and then makes that change once more.
    for line in unexpected_changes(program).splitlines():
        assert "updating" not in line or "StatefulSet" in line
    assert unexpected_changes(program) == ""
    assert ready_pods(program.cluster, program.namespace) == before
