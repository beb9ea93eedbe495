"""Takes over workspaces that Helm runs, and returns them."""
