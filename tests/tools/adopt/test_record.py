"""Helm's record: what is in it, and what a damaged one leads to."""

import base64
import gzip
import json
from typing import Any

import pytest

from tools.adopt.errors import AdoptError
from tools.adopt.record import decode

CANARY = "canary-1f0a"
HELD = {
    "name": "chat",
    "namespace": "talk",
    "version": 3,
    "info": {"status": "deployed"},
    "config": {"license": CANARY},
    "chart": {"metadata": {"name": "rocketchat", "version": "7.0.2"}, "values": {"host": ""}},
    "manifest": "kind: Secret\nmetadata: {name: a, labels: null}\n---\n# nothing\n---\n",
}


def secret(packed: bytes) -> dict[str, Any]:
    data = base64.b64encode(base64.b64encode(packed)).decode()
    return {"metadata": {"name": "sh.helm.release.v1.chat.v3"}, "data": {"release": data}}


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_record(pack: Any) -> None:  # noqa: ANN401 - a function of bytes
    release = decode(secret(pack(json.dumps(HELD).encode())))
    assert (release.name, release.namespace, release.revision) == ("chat", "talk", 3)
    assert (release.chart, release.chart_version) == ("rocketchat", "7.0.2")
    assert release.values == {"license": CANARY}
    assert release.objects == [{"kind": "Secret", "metadata": {"name": "a", "namespace": "talk"}}]


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        CANARY.encode(),
        gzip.compress(CANARY.encode()),
        gzip.compress(json.dumps(HELD).encode())[:-20],
        json.dumps({**HELD, "info": None}).encode(),
        json.dumps({**HELD, "manifest": f"a: [{CANARY}"}).encode(),
        gzip.compress(json.dumps(HELD).encode() + b" " * (65 * 2**20)),
    ],
    ids=len,
)
def test_a_damaged_record_is_told_without_a_word_of_it(packed: bytes) -> None:
    with pytest.raises(AdoptError) as told:
        decode(secret(packed))
    assert "sh.helm.release.v1.chat.v3 isn't a record that Helm 3 writes" in str(told.value)
    assert CANARY not in str(told.value)
