"""A Pulumi program of its own, which nothing imports."""
