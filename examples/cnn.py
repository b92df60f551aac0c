"""A convolutional net that reads handwritten digits: 98 % of those it was not trained on.

python examples/cnn.py
"""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_digits
from tinygrad_optim.nn import functional as F
from tinygrad_optim.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    """Two convolutions, each followed by pooling, and two linear layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.norm = nn.BatchNorm2d(32)
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(32 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # 16 maps of 4x4
        x = F.max_pool2d(F.relu(self.norm(self.conv2(x))), 2)  # 32 maps of 2x2
        x = F.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc2(self.drop(x))


def make_net():
    return Net()


def make_data():
    """1,438 digits to train on and 359 to test with, as images of one channel."""
    return [TensorDataset(part.images.view(-1, 1, 8, 8), part.labels) for part in load_digits()]


def make_optimizer(net):
    return optim.Adam(net.parameters(), lr=0.002)


def train(net, data, epochs):
    """Train the net, and give back each step's loss."""
    optimizer = make_optimizer(net)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    losses = []
    net.train()
    for _ in range(epochs):
        for images, labels in DataLoader(data, batch_size=32, shuffle=True):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    return losses


def accuracy(net, data):
    """The share of the digits that the net reads right."""
    net.eval()
    right = 0
    with torch.no_grad():
        for images, labels in DataLoader(data, batch_size=100):
            right += (net(images).argmax(dim=1) == labels).sum().item()
    return right / len(data)


def main():
    torch.manual_seed(0)
    net = make_net()
    train_data, test_data = make_data()
    losses = train(net, train_data, epochs=12)
    print(f"loss of the first step {losses[0]:.3f}, mean of the last 45 {sum(losses[-45:]) / 45:.3f}")
    print(f"read right: {accuracy(net, test_data):.1%} of the digits it was not trained on")


if __name__ == "__main__":
    main()
