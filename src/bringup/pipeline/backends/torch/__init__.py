"""The PyTorch backend: models, preprocessing in the graph, the training loop, checkpoints."""
