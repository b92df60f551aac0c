"""MAML on sine waves: inner steps with create_graph on functional weights, the outer step by Adam."""

import math

import tinygrad_optim as torch
import tinygrad_optim.nn.functional as F
from tinygrad_optim import nn, optim


def forward(params, x):
    w1, b1, w2, b2 = params
    return F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2)


class Task:
    def __init__(self):
        self.amplitude = 1.0 + 2.0 * torch.rand(())
        self.phase = math.pi * torch.rand(())

    def sample(self, n):
        x = 6 * torch.rand(n, 1) - 3
        return x, self.amplitude * torch.sin(x + self.phase)


def adapt(params, task, inner_lr, steps, second_order=True):
    fast = list(params)
    x, y = task.sample(10)
    for _ in range(steps):
        loss = F.mse_loss(forward(fast, x), y)
        grads = torch.autograd.grad(loss, fast, create_graph=second_order)
        fast = [p - lr.exp() * g for p, lr, g in zip(fast, inner_lr, grads)]
    return fast


torch.manual_seed(6)
params = nn.ParameterList(
    [
        nn.Parameter(torch.randn(24, 1)),
        nn.Parameter(torch.zeros(24)),
        nn.Parameter(torch.randn(1, 24) / math.sqrt(24)),
        nn.Parameter(torch.zeros(1)),
    ]
)
inner_lr = [nn.Parameter(torch.tensor(math.log(0.02))) for _ in params]  # Meta-SGD: rates are learned too
meta = optim.Adam([{"params": params.parameters()}, {"params": inner_lr, "lr": 1e-2}], lr=5e-3)

curve = []
for it in range(25):
    meta.zero_grad()
    meta_loss = 0.0
    for _ in range(4):
        task = Task()
        fast = adapt(params, task, inner_lr, steps=2)
        xq, yq = task.sample(10)
        meta_loss = meta_loss + F.mse_loss(forward(fast, xq), yq) / 4
    meta_loss.backward()
    meta.step()
    curve.append(meta_loss.item())

# at test time: copies of the weights, adapted by a plain optimizer; the meta weights are not touched
task = Task()
clones = [p.detach().clone().requires_grad_(True) for p in params]
inner = optim.SGD(clones, lr=0.02)
x, y = task.sample(20)
before = F.mse_loss(forward(params, x), y).item()
for _ in range(10):
    inner.zero_grad()
    loss = F.mse_loss(forward(clones, x), y)
    loss.backward()
    inner.step()

# Reptile, afterwards: the meta weights move towards the adapted ones
with torch.no_grad():
    for p, c in zip(params, clones):
        p.add_(c - p, alpha=0.1)
after = F.mse_loss(forward(clones, x), y).item()
print(f"meta {curve[-1]:.4f}, before {before:.4f}, after {after:.4f}, rate {inner_lr[0].exp().item():.4f}")
