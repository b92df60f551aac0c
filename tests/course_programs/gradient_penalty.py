"""Gradients of gradients: a critic held to slope 1, and a differential equation."""

import torch
import torch.nn as nn
from torch import autograd

torch.manual_seed(33)
D = nn.Sequential(nn.Linear(2, 16), nn.Softplus(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
G = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))


def gradient_penalty(D, real, fake, lam=10):
    alpha = torch.rand(real.size(0), 1).expand_as(real)
    inter = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    d = D(inter)
    grads = autograd.grad(
        outputs=d, inputs=inter, grad_outputs=torch.ones_like(d), create_graph=True, retain_graph=True, only_inputs=True
    )[0]
    grads = grads.view(grads.size(0), -1)
    return ((grads.norm(2, dim=1) - 1) ** 2).mean() * lam


opt_d = torch.optim.RMSprop(D.parameters(), lr=5e-3)
opt_g = torch.optim.RMSprop(G.parameters(), lr=5e-3)
for it in range(5):
    for p in D.parameters():
        p.requires_grad = True
    for _ in range(2):
        real = torch.randn(16, 2) + 2
        fake = G(torch.randn(16, 2)).detach()
        opt_d.zero_grad()
        gp = gradient_penalty(D, real, fake)
        loss = D(fake).mean() - D(real).mean() + gp
        loss.backward()
        opt_d.step()
    for p in D.parameters():
        p.requires_grad = False
    opt_g.zero_grad()
    gl = -D(G(torch.randn(16, 2))).mean()
    gl.backward()
    opt_g.step()
    print(f"{it} D {loss.item():.4f} gp {gp.item():.4f} G {gl.item():.4f}")
# physics-informed: u'' = -u
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
t = torch.linspace(0, 1, 20).view(-1, 1).requires_grad_()
for _i in range(10):
    u = net(t)
    du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    ddu = torch.autograd.grad(du.sum(), t, create_graph=True)[0]
    loss = (ddu + u).square().mean() + (u[0] - 0).pow(2).sum() + (du[0] - 1).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), t.grad.abs().mean())
