"""Many charts with their namespaces, each with the values that the program gives it."""

import json
import os
from pathlib import Path

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.helm.v4 import Chart

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
for name in parameters["namespaces"]:
    namespace = Namespace(name, metadata={"name": name})
    Chart(
        name,
        name=parameters["release"],
        chart=parameters["chart"],
        namespace=name,
        values=parameters["values"],
        opts=pulumi.ResourceOptions(depends_on=[namespace]),
    )
