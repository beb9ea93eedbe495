"""Which changes are risks, and which are only noted."""

import pytest

from tests.support.report import (
    CLAIM,
    CONFIG_MAP,
    DEPLOYMENT,
    SECRET,
    Json,
    claim,
    config_map,
    deployment,
    report_of,
    secret,
    step,
    updated,
)
from tools.report import ExitCode, Report, to_markdown
from tools.report.risks import RiskKind


def kinds(report: Report) -> list[RiskKind]:
    return [risk.kind for risk in report.risks]


def monolith_update(old: Json, new: Json) -> Report:
    return report_of(
        updated("rocketchat", deployment("rocketchat", **old), deployment("rocketchat", **new))
    )


@pytest.mark.parametrize("kind", ["PersistentVolumeClaim", "Secret", "Namespace"])
def test_deleting_an_irreplaceable_object_is_a_risk(kind: str) -> None:
    obj = {"metadata": {"name": "it", "namespace": "chat"}}
    report = report_of(step("delete", f"kubernetes:core/v1:{kind}", "it", old=obj))
    assert kinds(report) == [RiskKind.DELETION]
    assert report.exit_code is ExitCode.RISKS
    assert f"1 {kind} removed" in to_markdown([report])


def test_removing_an_object_from_the_stack_only_is_no_risk() -> None:
    deletion = step("delete", CLAIM, "it", old=claim("5Gi"))
    deletion["oldState"]["retainOnDelete"] = True
    report = report_of(deletion)
    assert report.exit_code is ExitCode.CHANGES
    assert "removed from the stack only" in to_markdown([report])


def test_deleting_a_workload_is_no_risk() -> None:
    deletion = step("delete", DEPLOYMENT, "chat-presence", old=deployment("presence"))
    assert report_of(deletion).exit_code is ExitCode.CHANGES


def test_deleting_the_monolith_is_a_risk() -> None:
    deletion = step("delete", DEPLOYMENT, "chat-rocketchat", old=deployment("rocketchat"))
    assert kinds(report_of(deletion)) == [RiskKind.WORKSPACE_REMOVED]


def test_a_replacement_is_described_with_its_reasons_and_a_remedy() -> None:
    old, new = claim("5Gi"), claim("5Gi")
    new["spec"]["storageClassName"] = "fast"
    paths = {"spec.storageClassName": "add-replace", "metadata.labels.a": "update"}
    report = report_of(step("replace", CLAIM, "chat-rocketchat", old=old, new=new, paths=paths))
    assert kinds(report) == [RiskKind.REPLACEMENT]
    text = to_markdown([report])
    assert "because `spec.storageClassName` can't change in place" in text
    assert "copy the files to it" in text


def test_a_replacement_with_another_name_shows_both_names() -> None:
    old, new = config_map("old", a="1"), config_map("new", a="1")
    paths = {"metadata.name": "update-replace"}
    report = report_of(step("replace", CONFIG_MAP, "it", old=old, new=new, paths=paths))
    expected = "`ConfigMap/old` in `chat` is replaced by `ConfigMap/new` in `chat`"
    assert expected in to_markdown([report])


@pytest.mark.parametrize(
    ("old", "new", "risks"),
    [
        ("20Gi", "5Gi", [RiskKind.SMALLER_VOLUME]),
        ("1Gi", "1000Mi", [RiskKind.SMALLER_VOLUME]),
        ("5Gi", "20Gi", []),
    ],
)
def test_shrinking_a_volume_is_a_risk(old: str, new: str, risks: list[RiskKind]) -> None:
    assert kinds(report_of(step("update", CLAIM, "it", old=claim(old), new=claim(new)))) == risks


@pytest.mark.parametrize(
    ("users", "instances", "risks"),
    [
        ("2000", 4, []),
        ("2000", 3, [RiskKind.TOO_FEW_INSTANCES]),
        ("501", 1, [RiskKind.TOO_FEW_INSTANCES]),
        ("", 1, []),
    ],
)
def test_too_few_instances_for_concurrent_users_are_a_risk(
    users: str,
    instances: int,
    risks: list[RiskKind],
) -> None:
    old, new = deployment("ddp-streamer", 8), deployment("ddp-streamer", instances)
    report = report_of(updated("ddp-streamer", old, new), concurrentUsers=users)
    assert kinds(report) == risks


@pytest.mark.parametrize(
    ("maximum", "remedy"),
    [
        (1, "Raise replicas.ddpStreamer to 4, or remove it."),
        (3, "Raise services.ddpStreamer.autoscaling.maxReplicas to 4."),
    ],
)
def test_the_remedy_for_too_few_instances_names_the_key_that_decides(
    maximum: int, remedy: str
) -> None:
    target = {"kind": "Deployment", "name": "chat-ddp-streamer"}
    autoscaler = {
        "metadata": {"name": "chat-ddp-streamer", "namespace": "chat"},
        "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": maximum},
    }
    report = report_of(
        updated("ddp-streamer", deployment("ddp-streamer", 8), deployment("ddp-streamer", 1)),
        step("create", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "it", new=autoscaler),
        concurrentUsers="2000",
    )
    assert [risk.remedy for risk in report.risks] == [remedy]


@pytest.mark.parametrize(
    ("old", "new", "risks"),
    [
        ({"tag": "8.5.0"}, {"tag": "8.6.1"}, []),
        ({"tag": "8.6.1"}, {"tag": "8.5.9"}, [RiskKind.DOWNGRADE]),
        ({"tag": "7.9.0"}, {"tag": "8.0.0"}, []),
        ({"tag": "6.9.0"}, {"tag": "8.0.0"}, [RiskKind.SKIPPED_MAJOR]),
        ({"tag": "latest"}, {"tag": "8.0.0"}, []),
        ({"chart": "rocketchat-6.32.1"}, {}, [RiskKind.CHART_MAJOR]),
        ({"chart": "rocketchat-7.0.1"}, {}, []),
        ({"chart": "rocketchat-7.1.0"}, {}, [RiskKind.DOWNGRADE]),
        ({"chart": "rocketchat-8.0.0"}, {}, [RiskKind.DOWNGRADE, RiskKind.CHART_MAJOR]),
    ],
)
def test_some_changes_of_version_are_risks(old: Json, new: Json, risks: list[RiskKind]) -> None:
    assert kinds(monolith_update(old, new)) == risks


def test_the_next_major_version_is_noted() -> None:
    report = monolith_update({"tag": "7.9.0"}, {"tag": "8.0.0"})
    assert "no way back without a backup" in to_markdown([report])


def test_another_address_is_noted() -> None:
    def env(url: str) -> Json:
        return {"env": [{"name": "ROOT_URL", "value": url}]}

    report = monolith_update(env("https://a.example.com"), env("https://b.example.com"))
    expected = "address changes from `https://a.example.com` to `https://b.example.com`"
    assert expected in to_markdown([report])


def test_objects_with_changed_labels_only_take_one_line() -> None:
    def labelled(name: str, chart: str) -> Json:
        return {**config_map(name), "metadata": {"labels": {"helm.sh/chart": chart}}}

    updates = [
        step("update", CONFIG_MAP, name, old=labelled(name, "c-1"), new=labelled(name, "c-2"))
        for name in "ab"
    ]
    text = to_markdown([report_of(*updates)])
    assert "2 objects change only in labels and checksums (`c-1` → `c-2`)." in text
    assert "<details>" not in text


def test_of_a_secret_only_the_changed_keys_are_shown() -> None:
    update = step(
        "update",
        SECRET,
        "it",
        old=secret("it", user="chat", password="hunter22"),
        new=secret("it", user="chat", password="hunter23"),
        paths={"stringData.password": "update"},
    )
    text = to_markdown([report_of(update)])
    assert '- password: "[secret]"' in text.replace("-   ", "- ")
    assert '+ password: "[secret, changed]"' in text.replace("+   ", "+ ")
    assert "`Secret/it` gets a new value for `password`." in text
    assert "hunter2" not in text
