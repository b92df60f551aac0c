"""A multilayer perceptron that parts two moons: the usual loop over a DataLoader.

python examples/mlp.py
"""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import two_moons
from tinygrad_optim.utils.data import DataLoader, TensorDataset, random_split


def make_net():
    return nn.Sequential(
        nn.Linear(2, 16),
        nn.Tanh(),
        nn.Linear(16, 16),
        nn.Tanh(),
        nn.Linear(16, 2),
    )


def make_data():
    """400 points to train on and 100 to test with."""
    points, labels = two_moons(500, noise=0.15)
    return random_split(TensorDataset(points, labels), [0.8, 0.2])


def make_optimizer(net):
    return optim.SGD(net.parameters(), lr=0.2, momentum=0.9, nesterov=True)


def train(net, data, epochs):
    """Train the net, and give back each step's loss."""
    criterion = nn.CrossEntropyLoss()
    optimizer = make_optimizer(net)
    losses = []
    for _ in range(epochs):
        for points, labels in DataLoader(data, batch_size=32, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(net(points), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def accuracy(net, data):
    """The share of the points that the net puts on the right moon."""
    points, labels = next(iter(DataLoader(data, batch_size=len(data))))
    with torch.no_grad():
        return (net(points).argmax(dim=1) == labels).float().mean().item()


def main():
    torch.manual_seed(0)
    net = make_net()
    train_data, test_data = make_data()
    losses = train(net, train_data, epochs=30)
    print(f"loss of the first step {losses[0]:.3f}, of the last {losses[-1]:.3f}")
    print(f"on the right moon: {accuracy(net, test_data):.1%} of the points it was not trained on")


if __name__ == "__main__":
    main()
