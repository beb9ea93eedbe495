"""Explains why a build failed: what Go's output means, and what to do about it."""

import re
from pathlib import Path
from typing import NamedTuple

from tools.errors import ToolError

_LAST_LINES = 15


class _Cause(NamedTuple):
    pattern: str
    advice: str


_CAUSES = (
    _Cause(
        pattern="no space left on device|disk quota exceeded",
        advice="The disk is full. The tools take about 700 MB, Go's own caches about 12 GB: make "
        "room, or move them (ROCKETCHAT_PULUMI_CACHE, GOCACHE, GOMODCACHE).",
    ),
    _Cause(
        pattern="requires go >= |requires Go |invalid go version|toolchain not available|"
        "unknown (directive|block type): tool",
        advice="The Go on PATH is too old: {go} or newer is needed. Install it, or let Go fetch it "
        "with GOTOOLCHAIN=auto.",
    ),
    _Cause(
        pattern="checksum mismatch|SECURITY ERROR",
        advice="A downloaded module isn't the one that go.sum pins. Try another module proxy "
        "(GOPROXY), and don't trust this one until you know why.",
    ),
    _Cause(
        pattern="dial tcp|no such host|i/o timeout|connection (refused|reset)|TLS handshake|"
        r"proxyconnect|network is unreachable|x509: |module lookup disabled|[45]\d\d [A-Z][a-z]+",
        advice="The Go module proxy can't be reached, or doesn't have a module. Check the network, "
        "GOPROXY in `go env`, and HTTPS_PROXY in the environment.",
    ),
    _Cause(
        pattern="signal: killed",
        advice="The system killed the compiler, usually because memory ran out. Close other "
        "programs, or build less in parallel: GOMAXPROCS=1.",
    ),
)


def go_missing(oldest: tuple[int, ...], output: str = "") -> ToolError:
    """Returns the error for a machine without Go where none can be installed.

    Args:
        oldest: The oldest version of Go that would do.
        output: What pip printed.
    """
    message = (
        "Tools have to be built, there is no Go on PATH that is new enough, and none can be"
        f" installed with pip. Install {_go(oldest)} or newer, or the tools themselves:"
        " `python -m tools.toolchain --list` has their versions."
    )
    lines = (f"  {line}" for line in output.splitlines()[-_LAST_LINES:])
    return ToolError("\n".join([message, *lines]))


def build_failed(labels: str, log: Path, code: int, oldest: tuple[int, ...]) -> ToolError:
    """Returns the error for a failed build.

    Args:
        labels: The names and versions of the tools that were built.
        log: What Go wrote.
        code: Go's exit code; a negative one is the signal that ended it.
        oldest: The oldest version of Go that would do.
    """
    output = log.read_text(encoding="utf-8", errors="replace")
    causes = [cause.advice for cause in _CAUSES if re.search(cause.pattern, output)]
    if code < 0 and not causes:
        causes = [f"Signal {-code} ended it. Run the command again: unfinished builds are removed."]
    lines = output.splitlines()[-_LAST_LINES:] or ["(no output)"]
    return ToolError(
        "\n".join(
            [
                f"Building {labels} failed. The whole log: {log}",
                *(advice.format(go=_go(oldest)) for advice in causes[:1]),
                *(f"  {line}" for line in lines),
            ]
        )
    )


def _go(version: tuple[int, ...]) -> str:
    return f"Go {'.'.join(str(number) for number in version)}"
