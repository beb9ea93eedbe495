"""A stack's config, changed so that it runs on the simulated cluster."""

from tools.simulation.config import config_path, keep_encrypted, simulated_config

CONFIG = {
    "rocketchat:host": "chat.example.com",
    "rocketchat:mongodbUrl": {"secure": "v1:real"},
    "rocketchat:natsUrl": {"secure": "v1:real"},
    "rocketchat:values": {"extraEnv": "x", "deep": {"token": {"secure": "v1:real"}}},
    "kubernetes:context": "production",
    "aws:region": "eu-west-1",
}


def test_nothing_of_the_real_cluster_is_kept() -> None:
    config, secrets = simulated_config(CONFIG, "rocketchat", None)
    assert config == {
        "rocketchat:host": "chat.example.com",
        "rocketchat:values": {"extraEnv": "x", "deep": {}},
    }
    assert set(secrets) == {
        ("rocketchat:mongodbUrl",),
        ("rocketchat:natsUrl",),
        ("rocketchat:values", "deep", "token"),
    }
    assert secrets["rocketchat:mongodbUrl",].startswith("mongodb://")
    assert secrets["rocketchat:natsUrl",].startswith("nats://")


def test_another_chart_replaces_the_stacks_own() -> None:
    own = {**CONFIG, "rocketchat:chart": {"version": "6.32.1"}}
    config, _ = simulated_config(own, "rocketchat", "/a/chart.tgz")
    assert config["rocketchat:chart"] == {"path": "/a/chart.tgz"}


def test_secrets_encrypted_for_the_simulation_stay() -> None:
    config, secrets = simulated_config(CONFIG, "rocketchat", None)
    written = {
        "rocketchat:mongodbUrl": {"secure": "v1:simulated"},
        "rocketchat:natsUrl": "no secret",
        "rocketchat:values": {"deep": {"token": {"secure": "v1:deep"}}},
    }
    copied = keep_encrypted(config, secrets, written)
    assert copied == {("rocketchat:mongodbUrl",), ("rocketchat:values", "deep", "token")}
    assert config["rocketchat:mongodbUrl"] == {"secure": "v1:simulated"}
    assert config["rocketchat:values"]["deep"] == {"token": {"secure": "v1:deep"}}
    assert "rocketchat:natsUrl" not in config


def test_a_path_has_the_engines_form() -> None:
    assert config_path(("rocketchat:values", "a.b", "c")) == 'rocketchat:values["a.b"]["c"]'
