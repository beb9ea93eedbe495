"""A Pulumi program that does nothing."""
