"""Nothing but the chart, with the values that our program gives it."""

import json
import os
from pathlib import Path

from pulumi_kubernetes.helm.v4 import Chart

given = json.loads(Path(os.environ["BENCH_VALUES"]).read_text(encoding="utf-8"))
Chart(given["release"], chart=given["chart"], namespace=given["namespace"], values=given["values"])
