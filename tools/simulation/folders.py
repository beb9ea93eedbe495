"""Where the files of a simulated cluster and its stacks are."""

from pathlib import Path

from tools.checkout import CHECKOUT


class Folders:
    """The files that belong to a checkout's simulation; nothing else is written.

    Args:
        checkout: The checkout whose program and configs are used.
        simulation: The folder for everything; `.simulation` in the checkout by default.
    """

    def __init__(self, checkout: Path = CHECKOUT, simulation: Path | None = None) -> None:
        self.checkout = checkout
        self.simulation = simulation or checkout / ".simulation"
        self.cluster = self.simulation / "cluster"
        self.project = self.simulation / "project"
        """A Pulumi project that runs the checkout's program with simulated configs."""
        self.backend = self.simulation / "backend"
        self.home = self.simulation / "pulumi"
        self.engine = self.simulation / "engine"
        """The engine as the Automation API expects it: with its programs in `bin`."""
        self.bin = self.simulation / "bin"
        """The `pulumi` of a shell of `make env`."""
        self.configured = self.simulation / "configured.json"

    @property
    def pulumi(self) -> Path:
        """The engine."""
        return self.engine / "bin" / "pulumi"

    def stack_configs(self) -> list[Path]:
        """Returns the configs in the checkout, one for each stack."""
        return sorted(self.checkout.glob("Pulumi.*.yaml"))
