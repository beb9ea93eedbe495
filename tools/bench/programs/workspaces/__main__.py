"""Many workspaces in one program, as somebody who runs a platform has them."""

import json
import os
from pathlib import Path
from typing import Any

from components.rocketchat import RocketChat

given = json.loads(Path(os.environ["BENCH_VALUES"]).read_text(encoding="utf-8"))
for namespace in given["namespaces"]:
    args: Any = {**given["inputs"], "namespace": namespace}
    RocketChat(namespace, args)
