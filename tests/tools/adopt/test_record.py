"""Helm's record of a release."""

import base64
import gzip
import json
from typing import Any

import pytest

from tools.adopt.record import decode
from tools.errors import ToolError

CANARY = "canary-1f0a"
RELEASE = {
    "name": "chat",
    "namespace": "talk",
    "version": 3,
    "info": {"status": "deployed"},
    "config": {"license": CANARY},
    "chart": {"metadata": {"name": "rocketchat", "version": "7.0.2"}, "values": {"host": ""}},
    "manifest": "kind: Secret\nmetadata: {name: a, labels: null}\n---\n# nothing\n---\n",
}


def secret(content: bytes) -> dict[str, Any]:
    data = base64.b64encode(base64.b64encode(content)).decode()
    return {"metadata": {"name": "sh.helm.release.v1.chat.v3"}, "data": {"release": data}}


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_a_record_is_decoded(compress: Any) -> None:  # noqa: ANN401 - a function of bytes
    release = decode(secret(compress(json.dumps(RELEASE).encode())))
    assert (release.name, release.namespace, release.revision) == ("chat", "talk", 3)
    assert (release.chart, release.chart_version) == ("rocketchat", "7.0.2")
    assert release.values == {"license": CANARY}
    assert release.objects == [{"kind": "Secret", "metadata": {"name": "a", "namespace": "talk"}}]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        CANARY.encode(),
        gzip.compress(CANARY.encode()),
        gzip.compress(json.dumps(RELEASE).encode())[:-20],
        gzip.compress(json.dumps(RELEASE).encode())[:-6] + b"damage",
        json.dumps({**RELEASE, "info": None}).encode(),
        json.dumps({**RELEASE, "manifest": f"a: [{CANARY}"}).encode(),
    ],
    ids=len,
)
def test_the_error_about_a_damaged_record_quotes_nothing_of_it(content: bytes) -> None:
    with pytest.raises(ToolError) as error:
        decode(secret(content))
    assert "sh.helm.release.v1.chat.v3 isn't a record that Helm writes" in str(error.value)
    assert CANARY not in str(error.value)
