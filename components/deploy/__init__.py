"""What talks to the Pulumi engine: resources, Secrets, upgrades and the versions that run."""
