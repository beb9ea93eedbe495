"""A machine for each test: an empty PATH, home and cache, and a `go` that only pretends."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

# Stands for Go: notes each call, then builds, fails, fills the disk or dies, as FAKE_GO says.
FAKE_GO = f"""#!{sys.executable}
import os, pathlib, signal, sys, time

here = pathlib.Path(__file__).parent
settings = " ".join(f"{{name}}={{os.environ.get(name)}}" for name in {
    ("CGO_ENABLED", "GOFLAGS", "GOWORK", "GOCACHE")
})
with (here / "go.calls").open("a") as calls:
    calls.write(f"{{' '.join(sys.argv[1:])}} {{settings}}\\n")
time.sleep(float(os.environ.get("FAKE_GO_SECONDS", "0")))
if sys.argv[1] == "list":
    print(here / "module")
    sys.exit()
output = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
output.write_text("#!/bin/sh\\n")
if complaint := os.environ.get("FAKE_GO_COMPLAINT"):
    print(complaint, file=sys.stderr)
    sys.exit(1)
if os.environ.get("FAKE_GO_DIES"):
    os.kill(os.getpid(), signal.SIGKILL)
output.chmod(0o755)
"""


@dataclass(frozen=True)
class Machine:
    bin: Path
    home: Path
    cache: Path

    def install(self, name: str, says: str = "", folder: Path | None = None) -> Path:
        """Put a program there, on PATH if not told otherwise, that prints one line and ends."""
        where = folder or self.bin
        where.mkdir(parents=True, exist_ok=True)
        program = where / name
        program.write_text(f"#!{sys.executable}\nprint({says!r})\n")
        program.chmod(0o755)
        return program

    def install_go(self) -> None:
        script = self.bin / "go"
        script.write_text(FAKE_GO)
        script.chmod(0o755)
        module = self.bin / "module" / "python" / "cmd"
        module.mkdir(parents=True)
        (module / "pulumi-language-python-exec").write_text("the executor\n")

    @property
    def go_calls(self) -> list[str]:
        calls = self.bin / "go.calls"
        return calls.read_text().splitlines() if calls.exists() else []

    @property
    def built(self) -> list[str]:
        """The names of the binaries that Go was asked for, in order."""
        outputs = [call.split(" -o ")[1] for call in self.go_calls if " -o " in call]
        return [Path(output.split()[0]).name for output in outputs]

    @property
    def tools(self) -> list[str]:
        """What lies in the cache folder of tools, hidden things too."""
        folder = self.cache / "tools"
        return sorted(os.listdir(folder)) if folder.exists() else []  # noqa: PTH208 - names
