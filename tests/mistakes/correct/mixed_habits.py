"""Several models with one loss, gradients set by hand, an optimizer swapped in mid-training, gradients looked at."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
criterion = nn.MSELoss()
x, y = torch.randn(20, 3), torch.randn(20, 1)
models = [nn.Linear(3, 1) for _ in range(3)]
optimizers = [optim.SGD(net.parameters(), lr=0.05) for net in models]
for step in range(10):
    for net, optimizer in zip(models, optimizers):
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()

net = models[0]
optimizer = optim.Adam(net.parameters(), lr=0.01)
for step in range(20):
    if step == 10:
        optimizer = optim.SGD(net.parameters(), lr=0.01)
    for p in net.parameters():
        if p.grad is not None:
            p.grad.zero_()
    loss = criterion(net(x), y)
    loss.backward()
    norms = [p.grad.norm().item() for p in net.parameters()]
    if max(norms) < 1e6:
        optimizer.step()

w = nn.Parameter(torch.ones(3))
optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
for step in range(5):
    w.grad = torch.ones(3)
    optimizer.step()

noisy = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = optim.SGD(
    [
        {"params": [p for name, p in noisy.named_parameters() if name.endswith("weight")], "weight_decay": 0.01},
        {"params": [p for name, p in noisy.named_parameters() if name.endswith("bias")], "name": "biases"},
    ],
    lr=0.05,
)
best = float("inf")
for step in range(10):
    optimizer.zero_grad()
    out = noisy(x)
    loss = criterion(out, y) + 0.01 * sum((p**2).sum() for p in noisy.parameters())
    loss.backward()
    optimizer.step()
    best = min(best, loss.item())
    wrong = (out.detach() - y).abs().max()
