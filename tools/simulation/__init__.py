"""A Kubernetes cluster without machines, on which every stack of this project runs."""
