"""Nothing but as many charts, with the values that our program gives each, and their namespaces."""

import json
import os
from pathlib import Path

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.helm.v4 import Chart

given = json.loads(Path(os.environ["BENCH_VALUES"]).read_text(encoding="utf-8"))
for name in given["namespaces"]:
    namespace = Namespace(name, metadata={"name": name})
    Chart(
        name,
        name=given["release"],
        chart=given["chart"],
        namespace=name,
        values=given["values"],
        opts=pulumi.ResourceOptions(depends_on=[namespace]),
    )
