"""Nothing but a Helm release, with the values that our program gives the chart."""

import json
import os
from pathlib import Path

from pulumi_kubernetes.helm.v3 import Release, ReleaseArgs

given = json.loads(Path(os.environ["BENCH_VALUES"]).read_text(encoding="utf-8"))
Release(
    given["release"],
    ReleaseArgs(
        chart=given["chart"],
        name=given["release"],
        namespace=given["namespace"],
        create_namespace=True,
        values=given["values"],
    ),
)
