"""retain_graph for two losses, a gradient penalty, gradients of inputs, and a loss logged every step."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh())
one, other = nn.Linear(8, 1), nn.Linear(8, 2)
parts = nn.ModuleList([net, one, other])
optimizer = optim.Adam(parts.parameters(), lr=0.01)
x, y, labels = torch.randn(16, 3), torch.randn(16, 1), torch.arange(16) % 2
log = []
for step in range(20):
    optimizer.zero_grad()
    features = net(x)
    first = nn.functional.mse_loss(one(features), y)
    second = nn.functional.cross_entropy(other(features), labels)
    first.backward(retain_graph=True)
    second.backward()
    optimizer.step()
    log.append((first.detach(), second.item(), float(features.abs().mean())))

for step in range(10):
    inside = x.clone().requires_grad_(True)
    score = one(net(inside))
    (slope,) = torch.autograd.grad(score.sum(), inside, create_graph=True)
    loss = (score - y).pow(2).mean() + ((slope.norm(dim=1) - 1) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

attacked = x.clone().requires_grad_(True)
for step in range(3):
    nn.functional.cross_entropy(other(net(attacked)), labels).backward()
    with torch.no_grad():
        attacked += 0.01 * attacked.grad.sign()
        attacked.grad.zero_()
