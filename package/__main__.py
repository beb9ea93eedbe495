"""The package `rocketchat`, as Pulumi's engine starts it."""

import sys
from pathlib import Path

# The component is the program's own, in the folder above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pulumi.provider import main

from package.provider import RocketChatProvider

main(RocketChatProvider(), sys.argv[1:])
