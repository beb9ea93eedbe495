"""The component from programs in other languages, by the package."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import git_server
from tests.support.package_consumer import CANARY, HOST, LANGUAGES, Consumer, copy_package
from tests.support.program import Program
from tools.checkout import CHECKOUT

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_deploys_scales_and_removes_a_workspace(
    language: str, program: Program, tmp_path: Path
) -> None:
    if language == "typescript" and shutil.which("npm") is None:
        pytest.skip("Node.js isn't installed")
    consumer = Consumer(tmp_path / "consumer", program, language, template=False)
    _every_mistake_is_told_at_once(consumer)
    assert "warning: license: none given." in consumer.succeed("up", "--yes", "--skip-preview")
    assert program.deployment("chat-ddp-streamer").spec.replicas == 2
    assert CANARY not in consumer.succeed("stack", "export")
    _a_downgrade_is_refused(consumer)
    streamers = consumer.language.streamers
    consumer.replace(streamers, streamers.replace("2", "3"))
    preview = consumer.succeed("preview", "--diff")
    assert "replicas: 2 => 3" in preview
    assert "~ 1 to update" in preview
    consumer.succeed("destroy", "--yes", "--skip-preview")
    assert not program.pods()


def _every_mistake_is_told_at_once(consumer: Consumer) -> None:
    streamers = consumer.language.streamers
    consumer.replace(HOST, f"https://{HOST}")
    consumer.replace(streamers, streamers.replace("2", "0"))
    refusal = consumer.refusal()
    assert "2 problems in the inputs; nothing was changed:" in refusal
    assert "- host: got" in refusal
    assert "- replicas.ddpStreamer: got 0; allowed is an integer from 1 to 1000." in refusal
    consumer.replace(f"https://{HOST}", HOST)
    consumer.replace(streamers.replace("2", "0"), streamers)


def _a_downgrade_is_refused(consumer: Consumer) -> None:
    consumer.add(consumer.language.image)
    downgrade = "downgrade-8.6.1-to-7.0.0: Rocket.Chat goes back from 8.6.1 to 7.0.0."
    assert downgrade in consumer.refusal()
    consumer.remove(consumer.language.image)


def test_an_output_where_a_plain_value_is_needed_is_told(program: Program, tmp_path: Path) -> None:
    consumer = Consumer(tmp_path / "consumer", program, "yaml", template=False)
    consumer.replace(
        "outputs:",
        """  other:
    type: rocketchat:RocketChat
    properties:
      host: other.example.com
      namespace: ${chat.namespace}
      releaseName: other
      mongodbUrl: ${mongodbUrl}
outputs:""",
    )
    assert (
        '- namespace: got "<Output>"; allowed is a string (in quotes, if need be). What another'
        " resource puts out may not be known yet: give the value itself, for instance from the"
        " config."
    ) in consumer.refusal()


@pytest.mark.parametrize("language", ["python", "yaml"])
def test_a_template_becomes_a_workspace(language: str, program: Program, tmp_path: Path) -> None:
    consumer = Consumer(tmp_path / "consumer", program, language, template=True)
    assert 'url: "https://chat.example.com"' in consumer.succeed("up", "--yes", "--skip-preview")
    assert program.deployment("chat-ddp-streamer").spec.replicas == 2
    assert CANARY not in consumer.succeed("stack", "export")
    workflow = consumer.folder / ".github" / "workflows" / "pulumi.yml"
    assert "--stack prod" in workflow.read_text(encoding="utf-8")


def test_the_package_is_added_from_a_repository_at_a_tag(program: Program, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl isn't installed")
    consumer = Consumer(tmp_path / "consumer", program, "yaml", template=False)
    consumer.replace("packages:\n  rocketchat: ../../package\n", "")
    _publish(tmp_path / "repositories" / "acme" / "rocketchat.git", "v0.1.0")
    source = f"{git_server.NAME}/acme/rocketchat.git/package@v0.1.0"
    with git_server.serve(tmp_path / "repositories") as variables:
        # It brings its dependencies itself.
        added = consumer.run("package", "add", f"https://{source}", variables=variables)
        assert added.returncode == 0, added.stdout
    assert f"rocketchat: {source}" in (consumer.folder / "Pulumi.yaml").read_text(encoding="utf-8")
    assert "+ rocketchat:index:RocketChat" in consumer.succeed("preview", "--diff")


def _publish(repository: Path, tag: str) -> None:
    """Makes a bare repository of what the package is made of."""
    folder = repository.with_suffix(".tree")
    copy_package(folder)
    shutil.copy(CHECKOUT / "requirements.txt", folder)
    author = ("-c", "user.name=Author", "-c", "user.email=author@example.com")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message", "Publish"),
        ("tag", tag),
        ("clone", "--quiet", "--bare", ".", str(repository)),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
