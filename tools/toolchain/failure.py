"""Why a build failed, in words that help: what Go's own output means and what to do about it."""

import re
from pathlib import Path
from typing import NamedTuple

from tools.errors import ToolError

from .catalogue import Tool

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
        advice="What was downloaded isn't what go.sum pins. Try another module proxy (GOPROXY), "
        "and don't trust this one until it's known why.",
    ),
    _Cause(
        pattern="dial tcp|no such host|i/o timeout|connection (refused|reset)|TLS handshake|"
        r"proxyconnect|network is unreachable|x509: |module lookup disabled|[45]\d\d [A-Z][a-z]+",
        advice="The Go module proxy can't be reached, or doesn't serve a module. Check the "
        "network, and GOPROXY and HTTPS_PROXY as `go env` and the shell have them.",
    ),
    _Cause(
        pattern="signal: killed",
        advice="The system killed the compiler, most often because memory ran out. Close "
        "something, or build with less at once: GOMAXPROCS=1.",
    ),
)


def go_version(tool: Tool) -> str:
    """The oldest Go that builds a tool, as its go.mod states it."""
    go_mod = (tool.module_folder / "go.mod").read_text(encoding="utf-8")
    found = re.search(r"^go (\S+)$", go_mod, re.MULTILINE)
    return f"Go {found[1]}" if found else "a current Go"


def no_go(tool: Tool) -> ToolError:
    """The error for a machine without Go."""
    return ToolError(
        f"{tool.label} has to be built, and there's no `go` on PATH. Install {go_version(tool)} or "
        f"newer; or install {tool.name} itself: one {tool.installed.value}, is used as it is."
    )


def failed(tool: Tool, log: Path, status: int) -> ToolError:
    """The error for a build that ended badly; a negative status is the signal that ended it."""
    output = log.read_text(encoding="utf-8", errors="replace")
    causes = [cause.advice for cause in _CAUSES if re.search(cause.pattern, output)]
    if status < 0 and not causes:
        causes = [f"Signal {-status} ended it. Run the same again: nothing half-built is kept."]
    lines = output.splitlines()[-_LAST_LINES:] or ["(it printed nothing)"]
    return ToolError(
        "\n".join(
            [
                f"Building {tool.label} failed. The whole log: {log}",
                *(advice.format(go=go_version(tool)) for advice in causes[:1]),
                *(f"  {line}" for line in lines),
            ]
        )
    )
