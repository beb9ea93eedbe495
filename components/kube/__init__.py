"""What Kubernetes accepts."""
