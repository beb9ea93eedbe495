"""A Helm release alone, with the values that the program gives the chart."""

import json
import os
from pathlib import Path

from pulumi_kubernetes.helm.v3 import Release, ReleaseArgs

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
Release(
    parameters["release"],
    ReleaseArgs(
        chart=parameters["chart"],
        name=parameters["release"],
        namespace=parameters["namespace"],
        create_namespace=True,
        values=parameters["values"],
    ),
)
