"""Whatever stands in a preview: nothing secret shows, nothing breaks out, nothing crashes."""

import base64
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support import report as made
from tools.report import (
    MARKER,
    Basis,
    Kind,
    Report,
    ReportError,
    document,
    facts,
    read,
    understand,
)

CANARY = "c4n4ry/+ &<'\"> ключ-x9"
OURS = {"details", "summary", "b", "code", "sub", "br"}

NASTY = (
    "```\n</details>\n<script>alert(1)</script>",
    "~~~\n# heading",
    "````````````",
    "</code></summary><img src=x onerror=alert(1)>",
    "a | b | c",
    "[a](https://evil.example.com)",
    "![a](https://evil.example.com/a.png)",
    "https://evil.example.com www.evil.example.com",
    "@everyone #1 :tada:",
    "<!-- hidden",
    "*a* _b_ `c` ``d``",
    "line\r\nline\u2028line\x00\x1b[31m\u202e",
    "\\",
    "{}{0}{x!r}",
    "<{%reset%}>",
    "\ud800",
    "%00%zz",
    "",
    " ",
    "x" * 400,
    'end"]\nclick a href "javascript:alert(1)"',
)


def encodings(canary: str) -> list[str]:
    raw = canary.encode()
    return [
        canary,
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        base64.b64encode(b"x" + raw).decode(),
        base64.b64encode(b"user:" + raw).decode(),
        quote(canary),
        quote(canary, safe=""),
        quote_plus(canary),
        "".join(f"%{byte:02x}" for byte in raw),
        json.dumps(canary),
        json.dumps({"password": canary}),
        f"mongodb://user:{quote(canary, safe='')}@db.example.com/chat",
    ]


LEAKS = [
    *encodings(CANARY)[:8],
    CANARY[:10],
    base64.b64encode(CANARY.encode()).decode()[:12],
    quote(CANARY, safe="")[:12],
    "".join(f"%{byte:02x}" for byte in CANARY.encode()),
]
"""What may be seen nowhere: the canary, its encodings, and enough of each to tell."""

text = st.one_of(
    st.sampled_from(NASTY),
    st.sampled_from(encodings(CANARY)),
    st.tuples(st.sampled_from(NASTY), st.sampled_from(encodings(CANARY))).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
leaf = st.one_of(text, st.none(), st.booleans(), st.integers(), st.floats())
anything = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Something like an object, with anything anywhere in it."""
    one = draw(
        st.sampled_from(
            [
                made.deployment("presence", 2, annotations={"checksum/chat-secret": "1"}),
                made.deployment("rocketchat", env=[{"name": "ROOT_URL", "value": "https://a"}]),
                made.secret("chat-secret", key=CANARY),
                made.claim("5Gi"),
                made.config_map("chat-config", conf="a\nb\nc"),
            ],
        ),
    )
    one = json.loads(json.dumps(one))
    for _ in range(draw(st.integers(0, 3))):
        _spoil(draw, one)
    return dict(one)


def _spoil(draw: st.DrawFn, one: Any) -> None:  # noqa: ANN401 - any JSON
    while isinstance(one, dict | list) and one:
        keys = list(one) if isinstance(one, dict) else list(range(len(one)))
        key = draw(st.sampled_from(keys))
        if key in ("data", "stringData"):
            return  # a Secret's data is what makes a canary one
        if not isinstance(one[key], dict | list) or draw(st.booleans()):
            one[key] = draw(anything)
            if isinstance(one, dict):
                one[draw(text)] = draw(anything)
            return
        one = one[key]


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(["same", "create", "update", "delete", "replace", "import", "?"]))
    kind = draw(
        st.sampled_from([made.DEPLOYMENT, made.SECRET, made.CLAIM, "a:b:C"]) | text,
    )
    paths = draw(
        st.dictionaries(
            text | st.sampled_from(["data.key", "spec.replicas", "metadata.name"]),
            st.sampled_from(["add", "update", "delete", "update-replace"]),
            max_size=3,
        ),
    )
    return made.step(
        op,
        kind,
        draw(text),
        old=draw(objects()),
        new=draw(objects()),
        paths=paths,
        namespace=draw(text),
    )


@st.composite
def told(draw: st.DrawFn) -> str:
    """What `pulumi preview --json` might print."""
    guard = made.step(
        "same",
        made.SECRET,
        "holder",
        old=made.secret("holder", key=CANARY),
        new=made.secret("holder", key=CANARY),
    )
    document = {
        "config": draw(st.dictionaries(text, text, max_size=3)),
        "steps": [guard, *draw(st.lists(steps(), max_size=4))],
        "diagnostics": [
            {"severity": severity, "message": message, "urn": message}
            for severity, message in draw(
                st.lists(
                    st.tuples(st.sampled_from(["error", "warning", "info"]), text),
                    max_size=2,
                ),
            )
        ],
    }
    return json.dumps(document)


def report_of(text: str) -> Report:
    return understand(read(text, "``` <b>"), Basis(Kind.SIMULATED, "main", "abc"))


@given(told())
def test_nothing_secret_shows(preview: str) -> None:
    report = report_of(preview)
    shown = document([report]) + json.dumps(facts([report]), ensure_ascii=False)
    assert [leak for leak in LEAKS if leak in shown] == []


@given(st.lists(told(), min_size=1, max_size=2), st.integers(200, 5000))
def test_nothing_breaks_out(previews: list[str], limit: int) -> None:
    reports = [report_of(preview) for preview in previews]
    for written in (document(reports), document(reports, limit)):
        written.encode()
        _check(written)


def _check(made: str) -> None:
    """Raises where Markdown or HTML stands in a document that isn't ours."""
    opened = 0
    for token in MarkdownIt("commonmark").enable("table").parse(made):
        for one in (token, *(token.children or ())):
            assert not one.type.startswith(("link", "image"))
            if one.type in ("html_block", "html_inline"):
                tags = re.findall(r"</?([a-z]*)", one.content.removeprefix(MARKER))
                assert set(tags) <= OURS, one.content
                opened += one.content.count("<details>") - one.content.count("</details>")
            assert opened in (0, 1)
        if token.type == "heading_open":
            assert token.tag in ("h2", "h4")
        if token.type == "fence":
            assert token.info in ("", "diff", "text", "mermaid")
    assert opened == 0


@given(told())
def test_the_same_preview_gives_the_same_bytes(preview: str) -> None:
    assert document([report_of(preview)]) == document([report_of(preview)])


@given(st.text())
def test_what_is_no_preview_is_told(words: str) -> None:
    _taken_or_told(words)


def _taken_or_told(words: str) -> None:
    """Raises where a text is neither made a report of nor refused with what to do."""
    try:
        document([understand(read(words, "test"))])
    except ReportError as error:
        if "pulumi preview --json" not in str(error):
            raise


KEYS = (
    *("steps", "config", "diagnostics", "urn", "op", "oldState", "newState", "detailedDiff"),
    *("inputs", "outputs", "kind", "metadata", "spec", "template", "replaceReasons"),
    *("sequence", "resourcePreEvent", "diagnosticEvent", "preludeEvent", "old", "new", "keys"),
)
shapes = st.recursive(
    leaf,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(shapes)
def test_json_of_another_shape_is_told_or_taken(value: Any) -> None:  # noqa: ANN401 - any JSON
    _taken_or_told(json.dumps(value))
