"""A model of one's own."""

from torch import nn


class Net(nn.Module):
    """Sees nothing, learns nothing."""
