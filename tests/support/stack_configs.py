"""Stack configs as people write them, nearly write them, and as nobody should.

A config is a text of YAML, so that anchors, tags, dates and doubled keys go through the engine's
own reader. What is in it follows the declarations in `components/inputs/args.py`: a new input is
covered by itself. Secrets stand in it as `{"secure": "in plain text"}`; `StackConfig` encrypts
them.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, is_typeddict

import yaml
from hypothesis import strategies as st

from components.inputs.args import RocketChatArgs
from components.inputs.decode import is_secret
from components.inputs.ownership import OWNED_BY_INPUTS
from components.naming import camel, field_types
from tools.simulation.simulation import SIMULATION_CHART

MARK = "zq7"
"""Begins texts whose way into the plan is followed: they come out as they were, or not at all."""
PROJECT = "rocketchat"

Node = Any
"""A dict, list, text, number, boolean or null, with `Raw` and `Sealed` in it."""
Place = tuple[Any, ...]


class Raw(str):
    """A piece of YAML that stands as it is."""

    __slots__ = ()


class Sealed(str):
    """A text that the config holds encrypted."""

    __slots__ = ()


def written(node: Node) -> str:
    """`node` as YAML, on one line."""
    if isinstance(node, Raw):
        return str(node)
    if isinstance(node, Sealed):
        return f'{{"secure": {_quoted(node)}}}'
    if isinstance(node, str):
        return _quoted(node)
    if isinstance(node, Mapping):
        return f"{{{', '.join(f'{written(key)}: {written(node[key])}' for key in node)}}}"
    if isinstance(node, list):
        return f"[{', '.join(map(written, node))}]"
    return json.dumps(node)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    return f"\\U{ord(character):08x}"


TEMPLATES = (
    "{{ 6 | mul 7 }}",
    "{{ .Release.Name }}",
    '{{ fail "x" }}',
    '{{ env "HOME" }}',
    "{{- end }}",
    "{{",
    "}}",
    "{{/* x */}}",
    '{{ include "chat.fullname" . }}',
    "{{`{{ 1 }}`}}",
    "{% raw %}",
)
TEXTS = (
    "",
    " ",
    "a b",
    "\n",
    "a\nb: c",
    "a\n\n---\nkind: Secret",
    'a"b',
    "a'b",
    "a\\b",
    "../../etc/passwd",
    "/etc/passwd",
    "a\0b",
    "\u202eevil",
    "a\u200bb",
    "\N{GRINNING FACE}",
    "b\u00fccher.example.com",
    "e\u0301",
    "\ufeff",
    "\x07",
    "\u2028",
    "a" * 300,
    "--flag",
    "-",
    "$(VAR)",
    "${VAR}",
    "$HOME",
    "`id`",
    "a: b",
    "# x",
    "*",
    "!!binary eA==",
    "app.kubernetes.io/instance",
    "kubernetes.io/metadata.name",
    "a/b/c",
    "UPPER",
    "under_score",
    "a.",
    ".a",
    "-a",
    "a..b",
    "https://user:password@chat.example.com/path",
    "http://a b",
    "javascript:alert(1)",
    "chat.example.com:443",
    "127.0.0.1",
    "[::1]",
    "*.example.com",
    "null",
    "true",
    "yes",
    "on",
    "y",
    "n",
    "off",
    "~",
    "123",
    "1e3",
    "1e-3",
    "0x1f",
    "0b1",
    "0o17",
    "017",
    "1_000",
    "1.5",
    ".5",
    "+1",
    "12:30:45",
    "2026-01-01",
    ".inf",
    ".nan",
    "512m",
    "-1Gi",
    "1e400",
    "10" * 200,
    "{",
    "[1",
    '{"a": 1}',
    '["\\ud800"]',
    '{"presence": NaN}',
    '{"presence": 1e999}',
    "[" * 1000 + "]" * 1000,
    "{a: " * 300 + "1" + "}" * 300,
)
RAWS = (
    "null",
    "~",
    "",
    "true",
    "yes",
    "on",
    "No",
    "0",
    "-0",
    "-0.0",
    "1",
    "2",
    "1000",
    "1001",
    "-1",
    "1.0",
    "1.5",
    "1e3",
    "1e400",
    "-1e400",
    ".inf",
    "-.inf",
    ".nan",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1" + "0" * 400,
    "0x1F",
    "0o17",
    "017",
    "0b11",
    "1_000",
    "12:30:45",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "!!binary eA==",
    "!!str 1",
    "!!int '2'",
    "!!float 2",
    "!!set {a}",
    "!!omap [a: 1]",
    "!!python/object:os.system {}",
    "!own x",
    "!!null x",
    "{}",
    "[]",
    "[[]]",
    "[null]",
    '[""]',
    "{a: null}",
    "{null: 1}",
    "{1: 1}",
    "{true: 1}",
    "{[a]: 1}",
    "{{a: 1}: 1}",
    '{"": ""}',
    '{"secure": 1}',
    '{"secure": "not encrypted", "other": 1}',
    "&own [*own]",
    "*unknown",
    "&e [&d [&c [&b [&a [x, x], *a, *a], *b, *b], *c, *c], *d, *d]",
    "{<<: {enabled: true}}",
    "{<<: [1]}",
    "'it''s'",
    '"\\ud83d\\ude00"',
    "[" * 1000 + "]" * 1000,
    "{a: " * 1000 + "1" + "}" * 1000,
    '"' + "x" * 2**16 + '"',
    '"' + "x" * 2**20 + '"',
    "[" + "1," * 20_000 + "]",
)
"""What YAML, or this program, may take for something else."""

NAMES = st.sampled_from(["chat-a", "web", "one-two", "a1", "x" * 30])
QUANTITIES = {
    "cpu": st.sampled_from(["500m", "2", "0.5", "1.5", ".5", "+1", "1e0", "2000m", "1k"]),
    "memory": st.sampled_from(["1Gi", "512Mi", "1e9", "2G", "128974848", "1.5Gi", "512m", "1k"]),
    "ephemeral-storage": st.sampled_from(["1Gi", "10G"]),
    "example.com/gpu": st.sampled_from(["1", "2"]),
}
QUANTITY = st.fixed_dictionaries({}, optional=QUANTITIES)
FREE = (
    st.sampled_from(["x", "two words", "a=b, c", "https://x.example.com/?a=b#c", "true", "5"])
    | st.sampled_from(TEXTS).map(lambda text: MARK + text)
    | st.sampled_from(TEMPLATES).map(lambda text: MARK + text)
)
"""Texts where any text may stand."""
LABELS = st.dictionaries(
    st.sampled_from(["disk", "example.com/pool", "kubernetes.io/os", "a.b_c"]),
    st.sampled_from(["", "ssd", "linux", "a.b_c", "1", "true"]),
    max_size=2,
)
_TERMS = {
    "matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}],
}
AFFINITY = st.fixed_dictionaries(
    {},
    optional={
        "nodeAffinity": st.sampled_from(
            [
                {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_TERMS]}},
                {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 10, "preference": _TERMS},
                    ],
                },
            ],
        ),
        "podAntiAffinity": st.sampled_from(
            [
                {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "topologyKey": "kubernetes.io/hostname",
                            "labelSelector": {"matchLabels": {"app": "x"}},
                        },
                    ],
                },
            ],
        ),
    },
)


def _leaves(values: object, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(values, Mapping) and values:
        for key in values:
            yield from _leaves(values[key], (*above, key))
    else:
        yield above, values


def _is_owned(path: tuple[str, ...]) -> bool:
    return any(f"{'.'.join(path)}.".startswith(f"{owned}.") for owned in OWNED_BY_INPUTS)


CHART_VALUES = [
    (path, value)
    for path, value in _leaves(
        yaml.safe_load((SIMULATION_CHART / "values.yaml").read_text(encoding="utf-8")),
    )
    if not _is_owned(path)
]
"""The chart's own values that no input owns, with their defaults."""


def _nested(path: tuple[str, ...], value: Node) -> Node:
    for key in reversed(path):
        value = {key: value}
    return value


def _alike(default: Node) -> st.SearchStrategy[Node]:
    """Values of the same type as one of the chart's."""
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int):
        return st.integers(-1, 70_000) | st.integers()
    if isinstance(default, list):
        return st.lists(FREE | st.fixed_dictionaries({"name": FREE}), max_size=2)
    if isinstance(default, dict):
        return st.dictionaries(FREE | NAMES, FREE, max_size=2)
    return FREE | NAMES | st.just(default)


@st.composite
def _chart_value(draw: st.DrawFn) -> Node:
    """One of the chart's values, mostly of its own type."""
    path, default = draw(st.sampled_from(CHART_VALUES))
    alike = _alike(default)
    return _nested(path, draw(alike | alike | FREE | st.sampled_from(RAWS).map(Raw)))


VALUES = (
    st.fixed_dictionaries(
        {},
        optional={
            "extraEnv": st.lists(
                st.fixed_dictionaries(
                    {"name": st.sampled_from(["LOG_LEVEL", "TRANSPORTER", "A", "RETRY_ENABLED"])},
                    optional={"value": FREE},
                ),
                max_size=2,
            )
            | FREE.map(lambda text: json.dumps([{"name": "A", "value": text}])),
            "extraVolumes": st.just([{"name": "scratch", "emptyDir": {}}]),
            "podAnnotations": st.dictionaries(NAMES, FREE, max_size=1),
            "podLabels": LABELS,
            "service": st.fixed_dictionaries({"annotations": st.dictionaries(NAMES, FREE)}),
            "prometheusScraping": st.just({"enabled": False}),
        },
    )
    | _chart_value()
    | _chart_value()
    | st.dictionaries(st.sampled_from(["extraVariables", "nats", "extra.env"]), FREE, max_size=1)
)

HOSTS = st.sampled_from(["chat.example.com", "a.b", "localhost", "xn--bcher-kva.example"])
VALID: Mapping[str, st.SearchStrategy[Node]] = {
    "host": HOSTS,
    "mongodbUrl": st.sampled_from(
        ["mongodb://db.example.com/rocketchat", "mongodb+srv://user:p%40ss@db.example.com/x?w=1"],
    ),
    "natsUrl": st.sampled_from(["nats://bus.example.com:4222", "nats://user:pass@bus"]),
    "license": FREE,
    "registrationToken": FREE,
    "smtpPassword": FREE,
    "smtp": st.sampled_from(
        [
            {"host": "mail.example.com"},
            {"host": "[::1]", "port": 2525},
            {"host": "mail.example.com", "username": "a{{ .Release.Name }}@b:c"},
            {"host": "fd00::25", "port": 465, "username": "chat"},
            {"existingSecret": "mail"},
            {"existingSecret": "mail", "existingSecretKey": "url"},
        ],
    ),
    "nats": st.sampled_from(
        [{"existingSecret": {"name": "bus", "key": "url.txt"}}, {"authentication": True}]
    ),
    "mongodbSecretKey": st.sampled_from(["mongo-uri", "connectionString.standard"]),
    "mongodbOptions": st.sampled_from([{"readPreference": "nearest"}, {"appName": "a b&c=d"}]),
    "ingress.annotations": st.dictionaries(
        st.sampled_from(["a", "cert-manager.io/cluster-issuer", "example.com/x"]),
        FREE,
        max_size=2,
    ),
    "service.type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
    "service.port": st.integers(1, 65535),
    "smtp.port": st.integers(1, 65535),
    "requests": QUANTITY,
    "limits": QUANTITY,
    "nodeSelector": LABELS,
    "tolerations": st.lists(
        st.sampled_from(
            [
                {"operator": "Exists"},
                {"key": "dedicated", "value": "chat", "effect": "NoSchedule"},
                {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
                {"key": "example.com/a", "operator": "Equal", "value": "", "effect": "NoExecute"},
            ],
        ),
        max_size=2,
    ),
    "affinity": AFFINITY,
    "image.tag": st.sampled_from(["8.6.1", "8.0.0", "9.0.0", "8.7.0-rc.1", "8"]),
    "image.registry": st.sampled_from(["mirror.example.com:5000", "mirror.example.com/a/b"]),
    "uploads": st.sampled_from(
        [
            {"size": "20Gi"},
            {"size": "1e10", "accessMode": "ReadWriteMany", "storageClass": "standard"},
            {"existingClaim": "files", "accessMode": "ReadWriteMany"},
        ],
    ),
    "autoscaling": st.sampled_from(
        [
            {"minReplicas": 1, "maxReplicas": 3},
            {"minReplicas": 2, "maxReplicas": 9, "targetCpuPercent": 50},
        ],
    ),
    "acknowledge": st.lists(st.sampled_from(["x", "downgrade"]), max_size=1),
    "values": VALUES,
}
"""What is right, by the path of an input or by its last name, where its type alone doesn't tell."""

RIVALS = (
    ("mongodbUrl", "mongodbSecret"),
    ("replicaCount", "replicas"),
    ("natsUrl", "nats"),
    ("license", "licenseSecret"),
    ("smtp", "smtpPassword"),
)
"""Inputs that exclude each other, or need what they rarely find."""


def _of(declared: Any, path: str) -> st.SearchStrategy[Node]:  # noqa: ANN401 - a type form
    """What fits the type of an input, and mostly its meaning."""
    fitting = VALID.get(path, VALID.get(path.rpartition(".")[2]))
    if fitting is not None:
        by_type = _by_type(declared, path) if is_typeddict(declared) else fitting
        return fitting | fitting | by_type
    return _by_type(declared, path)


def _by_type(declared: Any, path: str) -> st.SearchStrategy[Node]:  # noqa: ANN401, PLR0911 - the same
    if is_typeddict(declared):
        fields = {camel(name): hint for name, hint in field_types(declared).items()}
        needed = {camel(name) for name in declared.__required_keys__}
        strategies = {key: _of(fields[key], f"{path}.{key}".lstrip(".")) for key in fields}
        return st.fixed_dictionaries(
            {key: strategies[key] for key in strategies if key in needed},
            optional={key: strategies[key] for key in strategies if key not in needed},
        )
    if get_origin(declared) is Mapping:
        return st.dictionaries(NAMES, FREE, max_size=2)
    if get_origin(declared) is list:
        (held,) = get_args(declared)
        return st.lists(_of(held, path), max_size=2)
    if declared is bool:
        return st.booleans() | st.sampled_from(["true", "false"])
    if declared is int:
        return st.integers(1, 9) | st.integers(1, 1000).map(str)
    if isinstance(declared, type) and issubclass(declared, Enum):
        return st.sampled_from([member.value for member in declared])
    return NAMES


INPUTS = {camel(name): hint for name, hint in field_types(RocketChatArgs).items()}


@st.composite
def _sound(draw: st.DrawFn, chart: Path) -> dict[str, Node]:
    """A config that is likely to be right."""
    config: dict[str, Node] = {"host": draw(HOSTS), "mongodbSecret": "chat-mongodb"}
    optional = [key for key in INPUTS if key not in ("host", "chart")] + ["values"] * 3
    for key in draw(st.lists(st.sampled_from(optional), max_size=6)):
        value = deepcopy(draw(_of(INPUTS[key], key)))
        config[key] = Sealed(value) if is_secret(INPUTS[key]) else value
    for one, other in RIVALS:
        if one in config and other in config and draw(st.integers(0, 9)):
            del config[other]
    if "username" in config.get("smtp", {}) and draw(st.booleans()):
        config["smtpPassword"] = Sealed(draw(FREE))
    for name, settings in config.get("services", {}).items():
        if "autoscaling" in settings and draw(st.integers(0, 9)):
            resources = settings.get("resources", {})
            settings["resources"] = {**resources, "requests": {"cpu": "100m"}}
            config.get("replicas", {}).pop(name, None)
    config["chart"] = {"path": str(chart)}
    # What was drawn is the strategies' own, and is drawn again.
    return deepcopy(config)


def _places(node: Node, above: Place = ()) -> Iterator[Place]:
    """Where something can be put in the place of something."""
    if isinstance(node, Mapping):
        for key in node:
            yield (*above, key)
            yield from _places(node[key], (*above, key))
    elif isinstance(node, list):
        for i, held in enumerate(node):
            yield (*above, i)
            yield from _places(held, (*above, i))


def _at(node: Node, place: Place) -> Node:
    for key in place:
        node = node[key]
    return node


HOSTILE = (
    st.sampled_from(RAWS).map(Raw)
    | st.sampled_from(TEXTS)
    | st.sampled_from(TEMPLATES)
    | st.sampled_from(TEXTS + TEMPLATES).map(lambda text: MARK + text)
    | st.text(max_size=8)
    | st.integers()
    | st.floats()
)
KEYS = st.sampled_from(TEXTS + TEMPLATES) | st.sampled_from(
    ["null", "1", "true", "~", "1.5", "2026-01-01", "<<", "? [a]", "[a]"],
).map(Raw)


@st.composite
def _spoiled(draw: st.DrawFn, config: dict[str, Node]) -> dict[str, Node]:
    """`config` with one thing wrong with it, or odd about it, at any depth."""
    inside = [place for place in _places(config) if place[0] != "chart" or len(place) > 1]
    place = draw(st.sampled_from(inside))
    *above, key = place
    parent, came = _at(config, tuple(above)), _at(config, place)
    match draw(st.sampled_from(range(10))):
        case 0 | 1 | 2 | 3:
            parent[key] = draw(HOSTILE)
        case 4:
            parent[key] = Sealed(came) if isinstance(came, str) else [came]
        case 5 if isinstance(came, Sealed):
            parent[key] = str(came)
        case 5:
            parent[key] = {draw(KEYS): came}
        case 6 if isinstance(parent, dict):
            spoil = draw(st.sampled_from([_snake, str.upper, str.swapcase, lambda key: key[:-1]]))
            parent[spoil(str(key))] = parent.pop(key)
        case 7 if isinstance(parent, dict):
            # The same key once more, as YAML has it: another text to Python.
            parent[Raw(written(str(key) if above else _key(key)))] = draw(HOSTILE)
        case 8:
            other = draw(st.sampled_from(inside))
            parent[key] = Raw(f"&shared {written(came)}")
            if other != place and other[: len(place)] != place and place[: len(other)] != other:
                _at(config, other[:-1])[other[-1]] = Raw("*shared")
        case _:
            held = came if isinstance(came, dict) else config
            held[draw(KEYS)] = draw(HOSTILE)
    return config


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


HEADS = ("", "", "", "", "", "\ufeff", "---\n", "%YAML 1.1\n---\n", "# x\n\n")
TAILS = ("", "", "", "", "", "\n...\n", "\n---\nconfig: {}\n", "\tx: 1\n", "secretsprovider: x\n")


@st.composite
def configs(draw: st.DrawFn, chart: Path) -> str:
    """The text of one config, with `chart` as its chart unless that was spoiled."""
    config = draw(_sound(chart))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2, 3]))):
        config = draw(_spoiled(config))
    lines = [f"  {written(_key(key))}: {written(config[key])}" for key in config]
    text = "\n".join(["config:", *lines, ""])
    if draw(st.integers(0, 30)) == 0:
        text = draw(st.sampled_from(HEADS)) + text + draw(st.sampled_from(TAILS))
    return text


def _key(key: str) -> Node:
    return key if isinstance(key, Raw) else f"{PROJECT}:{key}"
