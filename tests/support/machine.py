"""A machine with an empty PATH, home and cache, and a fake `go`."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

# Records each call, then builds, fails or dies, as the variables FAKE_GO_* say.
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
if error := os.environ.get("FAKE_GO_ERROR"):
    print(error, file=sys.stderr)
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

    def install(self, name: str, output: str = "", folder: Path | None = None) -> Path:
        """Installs a program that prints `output`, on PATH unless `folder` is given."""
        folder = folder or self.bin
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / name
        program.write_text(f"#!{sys.executable}\nprint({output!r})\n")
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
        """The names of the binaries that Go has built, in order."""
        outputs = [call.split(" -o ")[1] for call in self.go_calls if " -o " in call]
        return [Path(output.split()[0]).name for output in outputs]

    @property
    def tools(self) -> list[str]:
        """The names of what is in the cache's folder of tools, including hidden ones."""
        folder = self.cache / "tools"
        return sorted(os.listdir(folder)) if folder.exists() else []  # noqa: PTH208 - names are wanted
