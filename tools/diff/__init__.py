"""What the working tree changes, without a cluster, credentials or state of anyone's."""
