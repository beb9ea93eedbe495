"""The least that a Pulumi program can do."""
