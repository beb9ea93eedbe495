"""A small kubelet: it plays the probes of rendered containers against real processes."""
