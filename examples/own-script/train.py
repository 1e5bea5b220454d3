"""Train a small neural network on scikit-learn's handwritten digits."""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

# 1,797 images of 8 x 8 pixels with values from 0 to 16.
pixels, labels = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(
    torch.tensor(pixels, dtype=torch.float32) / 16,
    torch.tensor(labels),
    test_size=0.2,
    random_state=0,
)

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
loader = DataLoader(TensorDataset(train_x, train_y), batch_size=64, shuffle=True)

for epoch in range(15):
    total = 0.0
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    print(f"epoch {epoch + 1:2d}: loss {total / len(train_x):.4f}")

with torch.no_grad():
    accuracy = (model(test_x).argmax(1) == test_y).float().mean().item()
print(f"test accuracy: {accuracy:.4f}")

torch.save(model.state_dict(), "model.pt")
