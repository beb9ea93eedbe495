"""The chart alone, with the values that the program gives it."""

import json
import os
from pathlib import Path

from pulumi_kubernetes.helm.v4 import Chart

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
Chart(
    parameters["release"],
    chart=parameters["chart"],
    namespace=parameters["namespace"],
    values=parameters["values"],
)
