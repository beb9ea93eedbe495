"""Previews with arbitrary content: nothing leaks, nothing breaks out of the document or crashes."""

import base64
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.report import (
    CLAIM,
    DEPLOYMENT,
    SECRET,
    claim,
    config_map,
    deployment,
    secret,
    step,
)
from tools.errors import ToolError
from tools.report import (
    COMMENT_MARKER,
    Basis,
    BasisKind,
    Report,
    build_report,
    parse_preview,
    to_json,
    to_markdown,
)

CANARY = "c4n4ry/+ &<'\"> ключ-x9"
ALLOWED_TAGS = {"details", "summary", "b", "code", "sub", "br"}

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
"""What must not be shown: the canary, its encodings, and recognisable parts of them."""

text = st.one_of(
    st.sampled_from(NASTY),
    st.sampled_from(encodings(CANARY)),
    st.tuples(st.sampled_from(NASTY), st.sampled_from(encodings(CANARY))).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
leaf = st.one_of(text, st.none(), st.booleans(), st.integers(), st.floats())
json_values = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """A Kubernetes object with arbitrary values in some of its fields."""
    valid = draw(
        st.sampled_from(
            [
                deployment("presence", 2, annotations={"checksum/chat-secret": "1"}),
                deployment("rocketchat", env=[{"name": "ROOT_URL", "value": "https://a"}]),
                secret("chat-secret", key=CANARY),
                claim("5Gi"),
                config_map("chat-config", conf="a\nb\nc"),
            ],
        ),
    )
    obj = json.loads(json.dumps(valid))
    for _ in range(draw(st.integers(0, 3))):
        spoil(draw, obj)
    return dict(obj)


def spoil(draw: st.DrawFn, value: Any) -> None:  # noqa: ANN401 - JSON
    """Replaces a value somewhere inside, and adds another one beside it."""
    while isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        if key in ("data", "stringData"):
            return  # without its data, nothing says that the canary is secret
        if not isinstance(value[key], dict | list) or draw(st.booleans()):
            value[key] = draw(json_values)
            if isinstance(value, dict):
                value[draw(text)] = draw(json_values)
            return
        value = value[key]


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(["same", "create", "update", "delete", "replace", "import", "?"]))
    type_ = draw(st.sampled_from([DEPLOYMENT, SECRET, CLAIM, "a:b:C"]) | text)
    paths = draw(
        st.dictionaries(
            text | st.sampled_from(["data.key", "spec.replicas", "metadata.name"]),
            st.sampled_from(["add", "update", "delete", "update-replace"]),
            max_size=3,
        ),
    )
    return step(
        op,
        type_,
        draw(text),
        old=draw(objects()),
        new=draw(objects()),
        paths=paths,
        namespace=draw(text),
    )


@st.composite
def previews(draw: st.DrawFn) -> str:
    """Possible output of `pulumi preview --json`, with a Secret that contains the canary."""
    canary = secret("holder", key=CANARY)
    with_canary = step("same", SECRET, "holder", old=canary, new=canary)
    messages = st.tuples(st.sampled_from(["error", "warning", "info"]), text)
    document = {
        "config": draw(st.dictionaries(text, text, max_size=3)),
        "steps": [with_canary, *draw(st.lists(steps(), max_size=4))],
        "diagnostics": [
            {"severity": severity, "message": message, "urn": message}
            for severity, message in draw(st.lists(messages, max_size=2))
        ],
    }
    return json.dumps(document)


def report_on(preview: str) -> Report:
    return build_report(
        parse_preview(preview, "``` <b>"), Basis(BasisKind.SIMULATED, "main", "abc")
    )


@given(previews())
def test_no_secret_is_shown(preview: str) -> None:
    report = report_on(preview)
    shown = to_markdown([report]) + json.dumps(to_json([report]), ensure_ascii=False)
    assert [leak for leak in LEAKS if leak in shown] == []


@given(st.lists(previews(), min_size=1, max_size=2), st.integers(200, 5000))
def test_no_markup_of_a_preview_takes_effect(previews: list[str], limit: int) -> None:
    reports = [report_on(preview) for preview in previews]
    for document in (to_markdown(reports), to_markdown(reports, limit)):
        document.encode()
        check_markup(document)


def check_markup(document: str) -> None:
    """Raises if the document contains Markdown or HTML that isn't the report's own."""
    open_details = 0
    for token in MarkdownIt("commonmark").enable("table").parse(document):
        for child in (token, *(token.children or ())):
            assert not child.type.startswith(("link", "image"))
            if child.type in ("html_block", "html_inline"):
                tags = re.findall(r"</?([a-z]*)", child.content.removeprefix(COMMENT_MARKER))
                assert set(tags) <= ALLOWED_TAGS, child.content
                open_details += child.content.count("<details>")
                open_details -= child.content.count("</details>")
            assert open_details in (0, 1)
        if token.type == "heading_open":
            assert token.tag in ("h2", "h4")
        if token.type == "fence":
            assert token.info in ("", "diff", "text", "mermaid")
    assert open_details == 0


@given(previews())
def test_the_same_preview_gives_the_same_document(preview: str) -> None:
    assert to_markdown([report_on(preview)]) == to_markdown([report_on(preview)])


@given(st.text())
def test_any_text_is_reported_or_refused(text: str) -> None:
    check_reported_or_refused(text)


def check_reported_or_refused(text: str) -> None:
    """Raises unless there is a report on a text, or an error that says what is expected."""
    try:
        to_markdown([build_report(parse_preview(text, "test"))])
    except ToolError as error:
        if "pulumi preview --json" not in str(error):
            raise


KEYS = (
    *("steps", "config", "diagnostics", "urn", "op", "oldState", "newState", "detailedDiff"),
    *("inputs", "outputs", "kind", "metadata", "spec", "template", "replaceReasons"),
    *("sequence", "resourcePreEvent", "diagnosticEvent", "preludeEvent", "old", "new", "keys"),
)
documents = st.recursive(
    leaf,
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(documents)
def test_any_json_is_reported_or_refused(value: Any) -> None:  # noqa: ANN401 - JSON
    check_reported_or_refused(json.dumps(value))
