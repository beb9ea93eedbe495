"""A Kubernetes cluster without machines, to run any stack of this project on."""
