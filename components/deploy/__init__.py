"""Towards the Pulumi engine: resources, Secrets, upgrades and what runs."""
