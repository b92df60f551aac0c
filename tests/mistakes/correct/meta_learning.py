"""Steps on copies inside a step: MAML with gradients through them, and Reptile."""

import copy

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
w = nn.Parameter(torch.zeros(2))
outer = optim.SGD([w], lr=0.1)
for round in range(10):
    outer.zero_grad()
    total = 0
    for task in range(3):
        goal = torch.tensor([float(task), 1.0])
        fast = w
        for _ in range(2):
            loss = ((fast - goal) ** 2).sum()
            (slope,) = torch.autograd.grad(loss, fast, create_graph=True)
            fast = fast - 0.1 * slope
        total = total + ((fast - goal) ** 2).sum()
    total.backward()
    outer.step()

net = nn.Linear(2, 1)
for round in range(10):
    inner = copy.deepcopy(net)
    optimizer = optim.SGD(inner.parameters(), lr=0.05)
    x = torch.randn(10, 2)
    for _ in range(3):
        optimizer.zero_grad()
        (inner(x) - x.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        for p, fast in zip(net.parameters(), inner.parameters()):
            p += 0.5 * (fast - p)
