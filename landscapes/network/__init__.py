"""Loss surfaces of neural networks: the network, its data, a plane through its weights, and the scan of it."""
