"""What the program imports, as each preview waits for it."""

import subprocess
import sys

from tests.support.paths import ROOT

_CODE = """
import sys
import pulumi, yaml

before = set(sys.modules)
import runpy
try:
    runpy.run_path(sys.argv[1])
except (Exception, SystemExit):
    pass  # there is no engine here; by then everything is imported
assert "components.rocketchat" in sys.modules
print(*{name.partition(".")[0] for name in sys.modules.keys() - before} - sys.stdlib_module_names)
"""


def test_the_program_imports_no_other_package_than_pulumi_and_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(ROOT / "__main__.py")],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["components"]
