"""The pinned Helm chart: its package, its values, its rendering."""
