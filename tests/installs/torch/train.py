"""A step of gradient descent with PyTorch."""

import torch

weights = torch.tensor([3.0, -2.0], requires_grad=True)
(weights**2).sum().backward()
print("gradient", weights.grad.tolist())
assert weights.grad.tolist() == [6.0, -4.0]
