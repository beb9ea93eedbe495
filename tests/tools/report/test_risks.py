"""What to stop for, and what only to know."""

import pytest

from tests.support import report as made
from tests.support.report import Json, changed, deployment
from tools.report import Code, Report, document
from tools.report.risks import Kind


def kinds(report: Report) -> list[Kind]:
    return [stop.kind for stop in report.stops]


def versions(old: Json, new: Json) -> Report:
    return made.report(
        changed("rocketchat", deployment("rocketchat", **old), deployment("rocketchat", **new))
    )


@pytest.mark.parametrize("kind", ["PersistentVolumeClaim", "Secret", "Namespace"])
def test_what_cannot_be_made_anew_is_stopped_for_when_it_goes(kind: str) -> None:
    one = {"metadata": {"name": "it", "namespace": "chat"}}
    report = made.report(made.step("delete", f"kubernetes:core/v1:{kind}", "it", old=one))
    assert kinds(report) == [Kind.DELETED]
    assert report.code is Code.STOP
    assert f"1 {kind} removed" in document([report])


def test_what_only_leaves_the_stack_is_not() -> None:
    step = made.step("delete", made.CLAIM, "it", old=made.claim("5Gi"))
    step["oldState"]["retainOnDelete"] = True
    report = made.report(step)
    assert report.code is Code.CHANGES
    assert "from the stack only" in document([report])


def test_a_workload_may_go() -> None:
    step = made.step("delete", made.DEPLOYMENT, "chat-presence", old=deployment("presence"))
    assert made.report(step).code is Code.CHANGES


def test_the_monolith_may_not() -> None:
    step = made.step("delete", made.DEPLOYMENT, "chat-rocketchat", old=deployment("rocketchat"))
    assert kinds(made.report(step)) == [Kind.GONE]


def test_a_replacement_names_its_fields_and_the_way_out() -> None:
    old, new = made.claim("5Gi"), made.claim("5Gi")
    new["spec"]["storageClassName"] = "fast"
    paths = {"spec.storageClassName": "add-replace", "metadata.labels.a": "update"}
    report = made.report(
        made.step("replace", made.CLAIM, "chat-rocketchat", old=old, new=new, paths=paths),
    )
    assert kinds(report) == [Kind.REPLACED]
    text = document([report])
    assert "since `spec.storageClassName` can't change in place" in text
    assert "copy the files over" in text


def test_a_replacement_under_another_name_names_both() -> None:
    old, new = made.config_map("old", a="1"), made.config_map("new", a="1")
    paths = {"metadata.name": "update-replace"}
    text = document(
        [made.report(made.step("replace", made.CONFIG_MAP, "it", old=old, new=new, paths=paths))],
    )
    assert "`ConfigMap/old` in `chat` is replaced by `ConfigMap/new` in `chat`" in text


def test_a_volume_does_not_shrink() -> None:
    def resized(old: str, new: str) -> Report:
        return made.report(
            made.step("update", made.CLAIM, "it", old=made.claim(old), new=made.claim(new)),
        )

    assert kinds(resized("20Gi", "5Gi")) == [Kind.SHRUNK]
    assert kinds(resized("1Gi", "1000Mi")) == [Kind.SHRUNK]
    assert kinds(resized("5Gi", "20Gi")) == []


@pytest.mark.parametrize(
    ("users", "instances", "stops"),
    [("2000", 4, []), ("2000", 3, [Kind.TOO_FEW]), ("501", 1, [Kind.TOO_FEW]), ("", 1, [])],
)
def test_the_people_online_need_their_instances(
    users: str,
    instances: int,
    stops: list[Kind],
) -> None:
    old, new = deployment("ddp-streamer", 8), deployment("ddp-streamer", instances)
    report = made.report(changed("ddp-streamer", old, new), concurrentUsers=users)
    assert kinds(report) == stops


@pytest.mark.parametrize(
    ("old", "new", "stops"),
    [
        ({"tag": "8.5.0"}, {"tag": "8.6.1"}, []),
        ({"tag": "8.6.1"}, {"tag": "8.5.9"}, [Kind.DOWNGRADE]),
        ({"tag": "7.9.0"}, {"tag": "8.0.0"}, []),
        ({"tag": "6.9.0"}, {"tag": "8.0.0"}, [Kind.SKIPPED]),
        ({"tag": "latest"}, {"tag": "8.0.0"}, []),
        ({"chart": "rocketchat-6.32.1"}, {}, [Kind.MAJOR]),
        ({"chart": "rocketchat-7.0.1"}, {}, []),
        ({"chart": "rocketchat-7.1.0"}, {}, [Kind.DOWNGRADE]),
        ({"chart": "rocketchat-8.0.0"}, {}, [Kind.DOWNGRADE, Kind.MAJOR]),
    ],
)
def test_versions_that_need_a_second_look(old: Json, new: Json, stops: list[Kind]) -> None:
    assert kinds(versions(old, new)) == stops


def test_the_next_major_is_told_and_nothing_to_stop_for() -> None:
    text = document([versions({"tag": "7.9.0"}, {"tag": "8.0.0"})])
    assert "no way back without a backup" in text


def test_another_address_is_told() -> None:
    def at(url: str) -> Json:
        return deployment("rocketchat", env=[{"name": "ROOT_URL", "value": url}])

    step = changed("rocketchat", at("https://a.example.com"), at("https://b.example.com"))
    text = document([made.report(step)])
    assert "address goes from `https://a.example.com` to `https://b.example.com`" in text


def test_labels_and_checksums_alone_take_one_line() -> None:
    steps = [
        made.step(
            "update",
            made.CONFIG_MAP,
            name,
            old={**made.config_map(name), "metadata": {"labels": {"helm.sh/chart": "c-1"}}},
            new={**made.config_map(name), "metadata": {"labels": {"helm.sh/chart": "c-2"}}},
        )
        for name in "ab"
    ]
    text = document([made.report(*steps)])
    assert "2 objects change only in labels and checksums (`c-1` → `c-2`)." in text
    assert "<details>" not in text


def test_a_secret_tells_which_key_changes_and_nothing_else() -> None:
    step = made.step(
        "update",
        made.SECRET,
        "it",
        old=made.secret("it", user="chat", password="hunter22"),
        new=made.secret("it", user="chat", password="hunter23"),
        paths={"stringData.password": "update"},
    )
    text = document([made.report(step)])
    assert '- password: "[secret]"' in text.replace("-   ", "- ")
    assert '+ password: "[secret, changed]"' in text.replace("+   ", "+ ")
    assert "`Secret/it` gets a new value for `password`." in text
    assert "hunter2" not in text
