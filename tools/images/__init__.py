"""The images of a stack, for a registry that mirrors them."""
