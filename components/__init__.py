"""Rocket.Chat on Kubernetes as one Pulumi component."""
