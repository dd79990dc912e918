"""What an operator needs to run Chartline in a cluster: images, manifests, monitoring, and the tools that check it."""
