"""What is reported where inputs mean nothing: exact words, in Python and in a stack's config."""

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.inputs.args import RocketChatArgs
from components.inputs.errors import ValidationErrors, as_is
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.naming import camel
from tests.support.components import (
    CANARY,
    ENCRYPTED,
    as_config,
    inputs,
    problems_of,
    resolve_config,
)


def _spelled(text: str, key_format: Callable[[str], str]) -> str:
    """`text` with each `<input.name>` in it as its author would write it."""
    every = ", ".join(sorted(map(key_format, RocketChatArgs.__annotations__)))
    text = text.replace("<every input>", every)
    return re.sub(
        r"<([a-z_.]+)>", lambda found: ".".join(map(key_format, found[1].split("."))), text
    )


NUMBER = "allowed is an integer from 1 to 1000."
NAME = "allowed is a name of lower-case letters, digits and hyphens."
RELEASE = (
    "allowed is 1 to 32 lower-case letters, digits and hyphens that begin with a letter and end"
    " without a hyphen. The chart appends up to 31 characters, and Kubernetes takes 63."
)
HOST = "allowed is a lower-case DNS name such as chat.example.com. Leave out scheme, port and path."
QUANTITY = "allowed is a quantity such as 500m or 1Gi."

WRONG = [
    pytest.param({"replica_count": 0}, [f"<replica_count>: got 0; {NUMBER}"], id="zero replicas"),
    pytest.param(
        {"replica_count": -3}, [f"<replica_count>: got -3; {NUMBER}"], id="negative replicas"
    ),
    pytest.param(
        {"replica_count": 10**9},
        [f"<replica_count>: got 1000000000; {NUMBER}"],
        id="absurd replicas",
    ),
    pytest.param(
        {"timeout_seconds": 0},
        ["<timeout_seconds>: got 0; allowed is an integer from 1 to 86400."],
        id="no time",
    ),
    pytest.param(
        {"timeout_seconds": 86401},
        ["<timeout_seconds>: got 86401; allowed is an integer from 1 to 86400."],
        id="more than a day",
    ),
    pytest.param(
        {"replicas": {"ddp_streamer": 0, "nats": 5000}},
        [
            f"<replicas.ddp_streamer>: got 0; {NUMBER} Left out, it is 1.",
            f"<replicas.nats>: got 5000; {NUMBER} Left out, it is 2.",
        ],
        id="replicas of two services",
    ),
    pytest.param(
        {"replicas": {"presence": 1.5, "account": True}},
        [
            "<replicas.presence>: got 1.5; allowed is an integer.",
            "<replicas.account>: got true; allowed is an integer.",
        ],
        id="fractional and boolean replicas",
    ),
    pytest.param(
        {"replica_count": 2, "replicas": {"presence": 3}},
        [
            (
                "<replica_count>: is given together with <replicas>. Keep <replica_count> for one"
                " number everywhere, or <replicas> for a number for each service, and remove the"
                " other."
            ),
        ],
        id="both forms of replicas",
    ),
    pytest.param(
        {"replicas": {"presense": 2}},
        ["<replicas>.presense: no such key. Did you mean presence?"],
        id="a service's name with a slip",
    ),
    pytest.param(
        {"replicas": {"ddpstreamer": 2}},
        ["<replicas>.ddpstreamer: no such key. Did you mean <ddp_streamer>?"],
        id="a service's name in lower case",
    ),
    pytest.param(
        {"replicas": {"mongodb": 3}},
        [
            (
                "<replicas>.mongodb: no such key. There are: account, authorization,"
                " <ddp_streamer>, nats, <omnichannel_transcript>, presence, <queue_worker>,"
                " rocketchat."
            ),
        ],
        id="a service that isn't there",
    ),
    pytest.param(
        {"concurrent_users": 0},
        ["<concurrent_users>: got 0; allowed is an integer from 1 to 500000."],
        id="nobody",
    ),
    pytest.param(
        {"release_name": "my-nats"},
        [
            (
                '<release_name>: got "my-nats"; allowed is a name without nats in it. Helm then'
                " names the nats objects so that the services don't find them."
            ),
        ],
        id="a release that holds nats",
    ),
    pytest.param(
        {"release_name": "mongodb"},
        [
            (
                '<release_name>: got "mongodb"; allowed is a name without mongodb in it. Helm then'
                " names the mongodb objects so that the services don't find them."
            ),
        ],
        id="a release that holds mongodb",
    ),
    pytest.param(
        {"release_name": "Chat"}, [f'<release_name>: got "Chat"; {RELEASE}'], id="a release in caps"
    ),
    pytest.param(
        {"release_name": "1chat"},
        [f'<release_name>: got "1chat"; {RELEASE}'],
        id="a release that begins with a digit",
    ),
    pytest.param(
        {"release_name": "chat-"},
        [f'<release_name>: got "chat-"; {RELEASE}'],
        id="a release that ends with a hyphen",
    ),
    pytest.param(
        {"release_name": "chat.one"},
        [f'<release_name>: got "chat.one"; {RELEASE}'],
        id="a release with a dot",
    ),
    pytest.param(
        {"release_name": "a" * 33},
        [f'<release_name>: got "{"a" * 33}"; {RELEASE}'],
        id="a release that is too long for the names made of it",
    ),
    pytest.param({"namespace": "Chat"}, [f'<namespace>: got "Chat"; {NAME}'], id="a namespace"),
    pytest.param(
        {"namespace": "a.b"}, [f'<namespace>: got "a.b"; {NAME}'], id="a namespace with a dot"
    ),
    pytest.param(
        {"namespace": "a" * 64},
        [f'<namespace>: got "{"a" * 58}…; {NAME}'],
        id="a namespace that is too long",
    ),
    pytest.param(
        {"mongodb_secret": "My Secret"},
        [f'<mongodb_secret>: got "My Secret"; {NAME}'],
        id="a Secret's name",
    ),
    pytest.param(
        {"host": "https://chat.example.com"}, [f'<host>: got "https://…; {HOST}'], id="url"
    ),
    pytest.param(
        {"host": "chat.example.com:443"},
        [f'<host>: got "chat.example.com:443"; {HOST}'],
        id="a host with a port",
    ),
    pytest.param(
        {"host": "chat_example.com"}, [f'<host>: got "chat_example.com"; {HOST}'], id="a host"
    ),
    pytest.param({"host": "10.0.0.1"}, [f'<host>: got "10.0.0.1"; {HOST}'], id="an address"),
    pytest.param(
        {"mode": "micro"},
        ['<mode>: got "micro"; allowed is microservices or monolith.'],
        id="an unknown mode",
    ),
    pytest.param(
        {"monolith_features": "on"},
        ['<monolith_features>: got "on"; allowed is disabled or enabled.'],
        id="unknown features",
    ),
    pytest.param(
        {"nats_url": "nats://bus:4222", "nats": {"existing_secret": {"name": "n", "key": "url"}}},
        ["<nats_url>: is given together with <nats.existing_secret>. Remove one."],
        id="NATS twice",
    ),
    pytest.param(
        {"nats_url": "monolith+nats://bus:4222"},
        [
            (
                "<nats_url>: isn't a URL that begins with nats:// (never monolith+) and has no"
                " spaces; it isn't shown here. Check it."
            ),
        ],
        id="a transporter for a NATS URL",
    ),
    pytest.param(
        {"license": "one", "license_secret": "licence"},
        ["<license>: is given together with <license_secret>. Remove one."],
        id="two licences",
    ),
    pytest.param(
        {"nats_url": "nats://bus", "nats": {"authentication": True}},
        [
            (
                "<nats.authentication>: is the bundled NATS's, and <nats_url> gives an external"
                " one, whose URL holds its user and password. Remove one."
            ),
        ],
        id="a password for an external NATS",
    ),
    pytest.param(
        {"license": "one\0", "nats_url": "nats://bus\x07"},
        [
            (
                "<nats_url>: isn't a URL that begins with nats:// (never monolith+) and has no"
                " spaces; it isn't shown here. Check it."
            ),
            (
                "<license>: contains a control character, which a pod can't be given; it isn't"
                " shown here. Set it anew."
            ),
        ],
        id="control characters in secrets",
    ),
    pytest.param(
        {"nats": {"existing_secret": {"name": "my secret"}}},
        [
            "<nats.existing_secret>.key: is missing. Set it.",
            '<nats.existing_secret>.name: got "my secret"; allowed is the name of a Secret.',
        ],
        id="half a Secret",
    ),
    pytest.param(
        {"mongodb_url": "mongodb://db/rocketchat"},
        ["<mongodb_url>: is given together with <mongodb_secret>. Remove one."],
        id="MongoDB twice",
    ),
    pytest.param(
        {"mongodb_secret": None},
        [
            (
                "<mongodb_url>: is missing, and so is <mongodb_secret>. Give the URL of a MongoDB"
                " 8.0 replica set as a secret by <mongodb_url>, or the name of a Secret that holds"
                " it by <mongodb_secret>. The chart's bundled MongoDB stays off: it is 6.0, and"
                " Rocket.Chat 8 needs 8.0."
            ),
        ],
        id="no MongoDB",
    ),
    pytest.param(
        {"mongodb_secret": None, "mongodb_url": "postgres://db/rocketchat"},
        [
            (
                "<mongodb_url>: isn't a URL that begins with mongodb:// or mongodb+srv:// and has"
                " no spaces; it isn't shown here. Check it, and write special characters in its"
                " user name and password as %XX."
            ),
        ],
        id="another database",
    ),
    pytest.param(
        {"smtp": {"port": 25}},
        ["<smtp>: takes one of <smtp.host> and <smtp.existing_secret>. Give one of them."],
        id="mail without a server",
    ),
    pytest.param(
        {"smtp": {"host": "mail.example.com"}, "smtp_password": "p"},
        ["<smtp_password>: is given without <smtp.username>. Add it."],
        id="mail with a password alone",
    ),
    pytest.param(
        {"smtp_password": "p"},
        ["<smtp_password>: is given without <smtp>. Add it."],
        id="a password",
    ),
    pytest.param(
        {"smtp": {"existing_secret": "mail", "username": "u", "port": 25}, "smtp_password": "p"},
        [
            f"<{one}>: is given together with <smtp.existing_secret>, which has it all. Remove one."
            for one in ("smtp.port", "smtp.username", "smtp_password")
        ],
        id="mail twice",
    ),
    pytest.param(
        {"smtp": {"host": "mail example", "port": 70000}},
        [
            (
                '<smtp.host>: got "mail example"; allowed is the mail server\'s name or address.'
                " Leave out the scheme and the port."
            ),
            "<smtp.port>: got 70000; allowed is an integer from 1 to 65535.",
        ],
        id="a mail server",
    ),
    pytest.param(
        {"smtp": {"existing_secret": "Mail Secret"}},
        [f'<smtp.existing_secret>: got "Mail Secret"; {NAME}'],
        id="a mail Secret",
    ),
    pytest.param(
        {"ingress": {"class_name": "my class", "tls_secret": "my_tls"}},
        [
            f'<ingress.class_name>: got "my class"; {NAME}',
            f'<ingress.tls_secret>: got "my_tls"; {NAME}',
        ],
        id="names of the ingress",
    ),
    pytest.param(
        {"service": {"type": "External", "port": 0}},
        [
            '<service.type>: got "External"; allowed is ClusterIP or NodePort or LoadBalancer.',
            "<service.port>: got 0; allowed is an integer from 1 to 65535.",
        ],
        id="a service",
    ),
    pytest.param(
        {"image": {"tag": "8.6.1 rc", "registry": "m.example.com:\uff15"}},
        [
            '<image.tag>: got "8.6.1 rc"; allowed is a tag such as 8.6.1, or 8.6.1@sha256:….',
            (
                '<image.registry>: got "m.example.com:\uff15"; allowed is a registry such as'
                " mirror.example.com:5000."
            ),
        ],
        id="an image",
    ),
    pytest.param(
        {"services": {"ddp_streamer": {"resources": {"limits": {"cpu": "lots", "cpuu": "1"}}}}},
        [
            f'<services.ddp_streamer.resources>.limits: got {{"cpu": "lots"}}; {QUANTITY}',
            (
                '<services.ddp_streamer.resources>.limits: got {"cpuu": "1"}; allowed is cpu,'
                " memory, ephemeral-storage, or a domain/name."
            ),
        ],
        id="resources",
    ),
    pytest.param(
        {
            "services": {
                "nats": {
                    "resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "1000Mi"}}
                }
            }
        },
        [
            (
                '<services.nats.resources>.limits: got {"memory": "1000Mi"}; allowed is no less'
                " than its request."
            ),
        ],
        id="a limit below its request",
    ),
    pytest.param(
        {"uploads": {"size": "20 GB", "access_mode": "ReadOnlyMany", "storage_class": "a b"}},
        [
            '<uploads.size>: got "20 GB"; allowed is a quantity such as 20Gi.',
            (
                '<uploads.access_mode>: got "ReadOnlyMany"; allowed is ReadWriteOnce or'
                " ReadWriteOncePod or ReadWriteMany."
            ),
            f'<uploads.storage_class>: got "a b"; {NAME}',
        ],
        id="uploads",
    ),
    pytest.param(
        {"uploads": {"size": "0"}},
        ['<uploads.size>: got "0"; allowed is a quantity such as 20Gi.'],
        id="uploads of no size",
    ),
    pytest.param(
        {"uploads": {"size": "20Gi"}, "replicas": {"rocketchat": 2}},
        [
            (
                "<uploads.access_mode>: is ReadWriteOnce, which only one node mounts, and 2"
                " monoliths run. Use ReadWriteMany with a storage class that has it, or run one"
                " (<replicas.rocketchat>), or keep uploads elsewhere (Rocket.Chat: GridFS, S3)."
            ),
        ],
        id="one volume for two monoliths",
    ),
    pytest.param(
        {"values": {"replicaCount": 4, "microservices": {"nats": {"replicas": 4}}}},
        [
            (
                "<values>: replicaCount belongs to an input. Use <replica_count> or"
                " <replicas.rocketchat>."
            ),
            (
                "<values>: microservices.nats.replicas belongs to an input. Use <replica_count> or"
                " <replicas.nats>."
            ),
        ],
        id="values that inputs own",
    ),
    pytest.param(
        {"chart": {"version": "7"}},
        ['<chart.version>: got "7"; allowed is a full version such as 7.0.2.'],
        id="half a version",
    ),
    pytest.param(
        {"chart": {"version": "7.9.9"}},
        [
            (
                "<chart.version>: 7.9.9 is a version whose package this program doesn't know (it"
                " knows 7.0.2, 6.32.1, 6.26.0). Give its SHA-256 by <chart.digest>; the"
                " repository's index.yaml has it."
            ),
        ],
        id="a version without its digest",
    ),
    pytest.param(
        {"chart": {"digest": "ABC", "repository": "charts.example.com"}},
        [
            (
                '<chart.repository>: got "charts.example.com"; allowed is a URL that begins with'
                " https:// or oci://."
            ),
            '<chart.digest>: got "ABC"; allowed is a SHA-256 as 64 lower-case hexadecimal digits.',
        ],
        id="a digest and a repository",
    ),
    pytest.param(
        {"chart": {"path": "chart.tgz", "version": "7.0.2"}},
        ["<chart.path>: is given together with a version or repository. Keep one."],
        id="a path and a version",
    ),
    pytest.param(
        {"zzz": "red", "replica_counts": 3},
        [
            "zzz: no such key. There are: <every input>.",
            "<replica_counts>: no such key. Did you mean <replica_count>?",
        ],
        id="unknown keys",
    ),
]


WRONG_ONCE = [
    pytest.param({"mongodb_secret": 5}, "mongodb_secret", id="the one database"),
    pytest.param({"mongodb_secret": None, "mongodb_url": 5}, "mongodb_url", id="its URL"),
    pytest.param({"smtp": 5, "smtp_password": "p"}, "smtp", id="the mail server"),
    pytest.param({"smtp": {"host": 5}}, "smtp.host", id="its host"),
    pytest.param({"tolerations": [{"key": 1}]}, "tolerations.0.key", id="a toleration"),
]


@pytest.mark.parametrize(("wrong", "key"), WRONG_ONCE)
def test_a_value_of_a_wrong_type_is_not_reported_as_missing_too(
    wrong: dict[str, Any], key: str
) -> None:
    assert [line.split(":")[0] for line in problems_of(lambda: resolve(inputs(**wrong)))] == [key]


def test_a_wrong_item_is_reported_by_its_place_in_the_list() -> None:
    wrong = [1, {"key": "a", "operator": "exists"}]
    reported = problems_of(lambda: resolve(inputs(tolerations=wrong)))
    assert [line.split(":")[0] for line in reported] == ["tolerations.0", "tolerations.1.operator"]


@pytest.mark.parametrize(("wrong", "reported"), WRONG)
def test_a_python_program_reads_it_in_snake_case(
    wrong: dict[str, Any], reported: list[str]
) -> None:
    found = problems_of(lambda: resolve(inputs(**wrong)))
    assert found == [_spelled(line, as_is) for line in reported]


@pytest.mark.parametrize(("wrong", "reported"), WRONG)
def test_the_author_of_a_stack_config_reads_it_in_camel_case(
    wrong: dict[str, Any], reported: list[str]
) -> None:
    found = problems_of(lambda: resolve_config(as_config(inputs(**wrong)), ENCRYPTED))
    assert found == [_spelled(line, camel) for line in reported]


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(
            {
                "services": {
                    "nats": {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1000m"}}}
                }
            },
            id="a limit that equals its request",
        ),
        pytest.param(
            {
                "services": {
                    "nats": {"resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}}
                }
            },
            id="a limit without a request",
        ),
        pytest.param(
            {"services": {"nats": {"resources": {"limits": {"example.com/gpu": "1"}}}}},
            id="another resource",
        ),
        pytest.param({"service": {"port": 1}}, id="the first port"),
        pytest.param({"service": {"port": 65535}}, id="the last port"),
        pytest.param({"smtp": {"host": "[2001:db8::1]"}}, id="a mail server's address"),
        pytest.param({"smtp": {"host": "fd00::25"}}, id="an address without brackets"),
        pytest.param({"smtp": {"host": "m", "username": "u"}}, id="a user without a password"),
        pytest.param({"license_secret": "licence"}, id="a licence by a Secret"),
        pytest.param({"image": {"registry": "m.example.com:5000/team"}}, id="a registry's folder"),
        pytest.param({"release_name": "a" * 32}, id="the longest release"),
        pytest.param({"uploads": {"size": "20Gi"}}, id="uploads of one monolith"),
        pytest.param(
            {"uploads": {"size": "1Gi", "access_mode": "ReadWriteMany"}, "replica_count": 2},
            id="shared uploads of two",
        ),
    ],
)
def test_what_is_just_right_is_no_problem(right: dict[str, Any]) -> None:
    assert isinstance(resolve(inputs(**right)), WorkspaceSpec)


def test_every_problem_is_reported_at_once() -> None:
    wrong = {
        "host": "https://chat",
        "mongodb_secret": None,
        "mode": "micro",
        "replica_count": 0,
        "replicas": {"presense": 1, "nats": 0},
        "nats_url": CANARY,
        "values": {"host": "other"},
        "chart": {"version": "latest"},
        "uploads": {"size": "big"},
        "services": {"nats": {"resources": {"limits": {"cpu": "lots"}}}},
        "colour": "red",
    }
    keys = [line.split(":")[0] for line in problems_of(lambda: resolve(inputs(**wrong)))]
    assert sorted(keys) == sorted(
        [
            "host",
            "mongodb_url",
            "mode",
            "replica_count",
            "replica_count",  # out of range, and given together with replicas
            "replicas.presense",
            "replicas.nats",
            "nats_url",
            "values",
            "chart.version",
            "uploads.size",
            "services.nats.resources.limits",
            "colour",
        ]
    )


def test_what_was_found_before_is_reported_first() -> None:
    errors = ValidationErrors()
    errors.add("license", "was there before.")
    found = problems_of(lambda: resolve(inputs(replica_count=0), errors))
    assert found[0] == "license: was there before."
    assert len(found) == 2


texts = st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
inputs_given = st.dictionaries(st.sampled_from(sorted(RocketChatArgs.__annotations__)), json_values)


@given(came=inputs_given)
def test_inputs_are_understood_or_refused(came: dict[str, Any]) -> None:
    try:
        found: object = resolve(inputs(**came))
    except pulumi.RunError as error:
        found = error
    reported = str(found)
    assert (
        isinstance(found, WorkspaceSpec) or "in the inputs; nothing was changed:\n  - " in reported
    )


@pytest.mark.parametrize("name", ["My_Secret", "-bus", "bus."])
def test_a_secret_that_cannot_exist_is_reported(name: str) -> None:
    existing = {"name": name, "key": "url"}
    (reported,) = problems_of(lambda: resolve(inputs(nats={"existing_secret": existing})))
    assert reported.startswith("nats.existing_secret.name: got ")


@pytest.mark.parametrize("affinity", [{1, 2}, {(1, 2): 1}, float("nan")])
def test_an_affinity_that_kubernetes_cannot_be_given_is_reported(affinity: object) -> None:
    (reported,) = problems_of(lambda: resolve(inputs(affinity={"nodeAffinity": affinity})))
    assert reported.startswith("affinity: ")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"a": pulumi.Output.from_input("late")}, id="an Output"),
        pytest.param({"a": {1, 2}}, id="a set"),
        pytest.param({(1, 2): 3}, id="a tuple for a key"),
        pytest.param({"a": float("nan")}, id="no number"),
        pytest.param({"a": float("inf")}, id="infinity"),
        pytest.param({"a": "\x99"}, id="a control character"),
        pytest.param({"\ud800": "a"}, id="half of a pair of surrogates"),
    ],
)
def test_values_that_helm_cannot_be_given_are_reported(values: dict[Any, Any]) -> None:
    assert problems_of(lambda: resolve(inputs(values=values))) == [
        (
            "values: holds something that isn't plain JSON (an Output, perhaps, or a control"
            " character). Give plain values: they decide what the manifests look like."
        ),
    ]


def test_an_autoscaler_without_a_sound_least_is_reported_and_no_more() -> None:
    given = inputs(
        services={
            "presence": {
                "autoscaling": {"min_replicas": "x", "max_replicas": -1},
                "resources": {"requests": {"cpu": "1"}},
            },
        },
    )
    assert problems_of(lambda: resolve(given)) == [
        'services.presence.autoscaling.min_replicas: got "x"; allowed is an integer.',
        "services.presence.autoscaling.max_replicas: got -1; allowed is an integer from 1 to 1000.",
    ]
