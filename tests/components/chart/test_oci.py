"""A chart in an OCI registry on this machine."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from components.chart.repository import UnreachableError, download
from tests.support.components import packed, refusal
from tests.support.helm_repository import Repository, Response

PACKAGE = packed()
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def _push(registry: Repository, package: bytes, tag: str, media_type: str = LAYER) -> None:
    digest = f"sha256:{hashlib.sha256(package).hexdigest()}"
    layer = {"mediaType": media_type, "digest": digest, "size": len(package)}
    manifest = json.dumps({"schemaVersion": 2, "layers": [layer]}).encode()
    registry.responses[f"/v2/charts/rocketchat/manifests/{tag}"] = Response(manifest)
    registry.responses[f"/v2/charts/rocketchat/blobs/{digest}"] = Response(package)


def _url(registry: Repository) -> str:
    return f"oci://127.0.0.1:{registry.server_port}/charts"


def test_the_package_is_the_layer_that_helm_has_pushed(repository: Repository) -> None:
    _push(repository, PACKAGE, "7.0.2")
    assert download(_url(repository), "7.0.2") == PACKAGE
    assert download(f"{_url(repository)}/", "7.0.2") == PACKAGE


def test_a_tag_has_no_plus(repository: Repository) -> None:
    _push(repository, PACKAGE, "7.0.2_ours.1")
    assert download(_url(repository), "7.0.2+ours.1") == PACKAGE


def test_what_is_not_there_is_reported(repository: Repository) -> None:
    message = refusal(lambda: download(_url(repository), "7.0.2"))
    assert "doesn't hand out rocketchat:7.0.2" in message
    assert "helm registry login" in message


def test_an_image_is_no_chart(repository: Repository) -> None:
    _push(repository, b"", "7.0.2", "application/vnd.oci.image.layer.v1.tar+gzip")
    assert "is no Helm chart" in refusal(lambda: download(_url(repository), "7.0.2"))


def test_what_is_no_registry_is_reported(repository: Repository) -> None:
    page = Response(b"<h1>Welcome</h1>")
    repository.responses["/v2/charts/rocketchat/manifests/7.0.2"] = page
    message = refusal(lambda: download(_url(repository), "7.0.2"))
    assert message.startswith("chart: oci://127.0.0.1:")
    assert "Welcome" not in message


def test_a_registry_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="can't be reached"):
        download("oci://127.0.0.1:1/charts", "7.0.2")


def test_the_credentials_are_those_of_docker(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path
    login = base64.b64encode(b"chat:CANARY").decode()
    registry = f"127.0.0.1:{repository.server_port}"
    (home / ".docker").mkdir()
    config = {"auths": {registry: {"auth": login}}}
    (home / ".docker" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    _push(repository, PACKAGE, "7.0.2")
    repository.login = login
    assert download(_url(repository), "7.0.2") == PACKAGE
    repository.login = "another"
    assert "CANARY" not in refusal(lambda: download(_url(repository), "7.0.2"))
