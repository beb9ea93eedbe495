"""The kinds of Prometheus' operator, as a cluster has them where that is installed.

https://prometheus-operator.dev; nothing plays the operator itself.
"""

from tools.simulation.go_modules import Definitions

KINDS = ("podmonitors", "prometheusrules", "servicemonitors")
"""Those that this program and the chart have objects of."""
DEFINITIONS = Definitions(
    title="Prometheus' operator",
    module="github.com/prometheus-operator/prometheus-operator",
    version="0.85.0",
    sha256="0bdb88ed823d0f2e86cf909638439b6ad1da744a228172c7411d9987527dc5d1",
    files=tuple(
        f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml" for kind in KINDS
    ),
)
