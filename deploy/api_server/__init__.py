"""A real Kubernetes API server on this machine, for dry runs of the manifests."""
