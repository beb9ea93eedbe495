"""One workspace, by a program that reads what is on the cluster, or doesn't."""

from components.deploy.provider_start import start_provider

# First of all, as in the program itself.
start_provider()

import json
import os
from pathlib import Path

from components.deploy import live_objects

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
if not parameters["reads"]:
    # Before the component imports it.
    live_objects.start_reading = lambda *_: live_objects.LiveObjects

from components.rocketchat import RocketChat

RocketChat("rocketchat", parameters["inputs"])
