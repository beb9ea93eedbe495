"""Many workspaces in one program."""

import json
import os
from pathlib import Path
from typing import Any

from components.rocketchat import RocketChat

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
for namespace in parameters["namespaces"]:
    args: Any = {**parameters["inputs"], "namespace": namespace}
    RocketChat(namespace, args)
