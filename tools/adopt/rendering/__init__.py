"""A Pulumi program of its own; nothing imports it."""
