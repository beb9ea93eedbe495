"""Bad input: each config gives a plan that the API server accepts, or one refusal by its key."""

import json
import os
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.support.go_build import GO_BUILD_SECONDS, STACK_CONFIG, build_go_program
from tests.support.pipeline import Ended, Line, no_outside
from tests.support.program import CHART, Program
from tests.support.stack_configs import MARK, RAWS, configs
from tests.support.torture import LONG, Figure
from tools.simulation.cluster import Cluster

# The first test builds the engine's reading of config.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(GO_BUILD_SECONDS),
    pytest.mark.xdist_group("configs"),
]

CONFIGS = 10_000 if LONG else 150
WHOLE = 100 if LONG else 3
"""Configs that the real engine previews too."""
SEED = int(os.environ.get("TORTURE_SEED") or (random.SystemRandom().getrandbits(32) if LONG else 0))
MOST_SECONDS = 20.0
"""Longer than this is a hang to whoever waits."""
SEEDS = sorted(Path(__file__).with_name("seeds").glob("*.yaml"))
LONG_RAW = 10_000
"""Characters; many such in one config are more than Pulumi can hand over."""
SECTION = "Bad input"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("line")
    stack_config = build_go_program(STACK_CONFIG)
    with no_outside(), Line(stack_config, folder, cluster) as line:
        yield line


@pytest.mark.parametrize("file", SEEDS, ids=[file.stem for file in SEEDS])
def test_what_once_went_wrong_ends_as_its_first_line_says(line: Line, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    wanted = text.partition("\n")[0].rpartition(" -> ")[2]
    ended = line.run(text.replace("CHART", CHART))
    assert faults(line, ended) == []
    assert wanted in (ended.refusal or "a plan")


@pytest.mark.timeout(3 * 60 * 60 if LONG else GO_BUILD_SECONDS)
def test_any_config_gives_a_plan_or_one_refusal_by_its_key(line: Line, figure: Figure) -> None:
    how: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    print(f"TORTURE_SEED={SEED}")

    @seed(SEED)
    @settings(
        max_examples=CONFIGS,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(configs(Path(CHART)))
    def each(text: str) -> None:
        began = time.monotonic()
        try:
            ended = line.run(text)
            found = faults(line, ended)
        except Exception as error:  # noqa: BLE001 - whatever it is, no person should see it
            ended, found = None, [f"{type(error).__name__}: {error}"]
        if time.monotonic() - began > MOST_SECONDS:
            found.append(f"takes longer than {MOST_SECONDS:g} s")
        if found:
            wrong[text] = found
        how[_kind(ended)] += 1

    began = time.monotonic()
    each()
    seconds = time.monotonic() - began
    total = how.total()
    assert not wrong, _describe(wrong)
    # A generator that makes nothing but nonsense tries nothing behind the first check.
    assert min(how["accepted"], how["refused"]) > total / 10, how
    figure(
        SECTION,
        "generated configs: plans that the API server accepts by dry run, refused by the program"
        " by their key, refused by Pulumi's own reading of YAML, anything else",
        f"{total}: {how['accepted']}, {how['refused']}, {how['unread']}, 0; seed {SEED},"
        f" {1000 * seconds / total:.0f} ms each",
    )


def _describe(wrong: Mapping[str, list[str]]) -> str:
    shortest = sorted(wrong, key=len)[:10]
    return f"{len(wrong)} configs went wrong:\n" + "\n".join(
        f"{'; '.join(wrong[text])[:1000]}\n{text[:2000]}" for text in shortest
    )


def _kind(ended: Ended | None) -> str:
    if ended is None:
        return "wrong"
    if ended.given.error:
        return "unread"
    return "refused" if ended.refusal else "accepted"


def faults(line: Line, ended: Ended) -> list[str]:
    """What is wrong with how a config ended."""
    if ended.given.error:
        return []  # these are the engine's words, and the program never ran
    if ended.refusal:
        return list(_unclear(ended.refusal))
    return [*line.refused(ended), *_altered(ended)]


def _unclear(refusal: str) -> Iterator[str]:
    if "Traceback" in refusal:
        yield "shows a traceback"
    head, *errors = refusal.split("\n  - ")
    if not errors and not re.match(r"[a-zA-Z.]+: ", head):
        yield f"names no key: {refusal}"
    # What no value of the operator's own is behind has to be reported by a check of the input.
    if "doesn't render what was asked for" in head and "\nvalues: " not in refusal:
        yield f"is found by the contract only: {refusal}"


def _altered(ended: Ended) -> Iterator[str]:
    """Texts that come out as something else, other than by the operator's own templates."""
    config = {key: _json(text) for key, text in ended.given.config.items()}
    whole = set(_marked([*config.values()]))
    # A URL has them as %XX, and a text of JSON that the chart reads once more has them escaped.
    forms = {form for text in whole for form in (text, quote(text, safe=""), *_marked(_json(text)))}
    # Helm evaluates these; what stands before a template comes out as it is.
    templates = [text for text in _marked(config.get("values")) if "{{" in text]
    forms |= {text.partition("{{")[0] for text in templates if MARK in text.partition("{{")[0]}
    for text in _marked(list(ended.plan)):
        if not any(form in text for form in forms):
            yield f"came out as something else: {text!r}"


def _json(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _marked(value: object) -> Iterator[str]:
    return (text for text in _texts(value) if MARK in text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key in value:
            yield key
            yield from _texts(value[key])
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)


class Real:
    """The real engine, on the file of a config as it stands."""

    def __init__(self, program: Program) -> None:
        self.program = program
        program.configure()
        program.stack()
        self._file = program.simulation.project_folder / "Pulumi.test.yaml"

    def preview(self, sealed: str) -> subprocess.CompletedProcess[str]:
        self._file.write_text(sealed, encoding="utf-8")
        return self.program.run("preview", "--stack", "test", "--color", "never")


@pytest.fixture
def real(program: Program) -> Real:
    return Real(program)


@pytest.mark.timeout(3 * 60 * 60 if LONG else GO_BUILD_SECONDS)
def test_the_real_engine_ends_as_the_line_does(line: Line, real: Real, figure: Figure) -> None:
    texts = _few()
    wrong = {text: found for text in texts if (found := _disagreement(line, real, text))}
    assert not wrong, _describe(wrong)
    figure(
        SECTION,
        "of them previewed by the real engine, with the same end and the same words",
        str(len(texts)),
    )


def _disagreement(line: Line, real: Real, text: str) -> list[str]:
    """What the real engine does or says otherwise."""
    ended = line.run(text)
    done = real.preview(line.config.sealed(text))
    said = _words(done.stdout + done.stderr)
    found = []
    if "Traceback" in said:
        found.append("shows a traceback")
    # Pulumi wraps what it says about a file's YAML in words of its own.
    refusal = _words(ended.refusal.rpartition("unmarshal map: ")[2])
    if (done.returncode == 0) == bool(refusal) or refusal not in said:
        found.append(f"says {said}, and not {refusal or 'a plan'}")
    return found


def _few() -> list[str]:
    """Some configs of the same kinds."""
    found: list[str] = []

    @seed(SEED)
    @settings(
        max_examples=10 * WHOLE,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(configs(Path(CHART)))
    def each(text: str) -> None:
        found.append(text)

    each()
    return found[:: len(found) // WHOLE][:WHOLE]


def _words(text: str) -> str:
    return " ".join(text.split())


def test_the_line_reads_a_config_as_the_engine_hands_it_over(line: Line, real: Real) -> None:
    """Every oddity of YAML that Pulumi reads at all, in one config."""
    head = "config:\n  rocketchat:host: &host chat.example.com\n  rocketchat:namespace: *host\n"
    short = [raw for raw in RAWS if len(raw) < LONG_RAW]
    odd = [raw for raw in short if not line.config.read(_odd(head, [raw])).error]
    assert len(odd) > len(RAWS) / 2
    text = line.config.sealed(
        _odd(head, odd) + '  rocketchat:license: {"secure": "a\\"b \\U0001f600"}\n'
        '  rocketchat:smtp: {username: {"secure": "x"}}\n'
    )
    (real.program.checkout / "__main__.py").write_text(
        dedent("""
            import json, os
            from pathlib import Path
            from pulumi.runtime import config

            given = [config.CONFIG.get(), sorted(config._SECRET_KEYS.get())]
            Path(os.environ["GIVEN"]).write_text(json.dumps(given))
        """)
    )
    answer = real.program.checkout.parent / "given.json"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GIVEN", str(answer))
        done = real.preview(text)
    assert done.returncode == 0, done.stdout
    config, secrets = json.loads(answer.read_text(encoding="utf-8"))
    given_ = line.config.read(text)
    assert given_.config == config
    assert sorted(given_.secrets) == secrets


def _odd(head: str, raws: list[str]) -> str:
    lines = [
        f"  rocketchat:odd{i}: {raw}\n  rocketchat:list{i}: [{raw}]\n" for i, raw in enumerate(raws)
    ]
    return head + "".join(lines)
