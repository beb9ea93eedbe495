"""A program that does what a preview does about the chart before it asks the engine for anything.

Its arguments are the input `chart` as JSON, and the seconds that the repository has to answer in;
0 stands for the usual ones.
"""

import json
import sys
from pathlib import Path

import pulumi

from components.chart import repository
from components.chart.known_values import known_keys, template_fields
from components.chart.package import load_chart
from components.inputs.errors import ValidationErrors
from components.inputs.resolve import resolve_chart
from components.naming import camel

if __name__ == "__main__":
    given, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
    repository.TIMEOUT = seconds or repository.TIMEOUT
    try:
        source = resolve_chart(given, ValidationErrors(camel))
        chart = load_chart(source, Path.cwd())
        known_keys(chart.path)
        template_fields(chart.path)
    except pulumi.RunError as error:
        sys.exit(f"error: {error}")
    print(f"chart {chart.version}")
