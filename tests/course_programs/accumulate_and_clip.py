"""Gradients of small batches added up, and clipped by norm and by value."""

import torch
import torch.nn as nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

torch.manual_seed(9)
model = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 3))
full = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 3))
full.load_state_dict(model.state_dict())
X = torch.randn(24, 6)
t = torch.randint(0, 3, (24,))
crit = nn.CrossEntropyLoss()
accum = 4
for xb, tb in zip(X.chunk(accum), t.chunk(accum)):
    loss = crit(model(xb), tb) / accum
    loss.backward()
crit(full(X), t).backward()
for p, q in zip(model.parameters(), full.parameters()):
    print(torch.allclose(p.grad, q.grad, atol=1e-6), p.grad.norm())
total = clip_grad_norm_(model.parameters(), max_norm=0.1)
print("total norm", total)
after = torch.sqrt(sum((p.grad**2).sum() for p in model.parameters()))
print("after", after)
clip_grad_value_(full.parameters(), clip_value=0.01)
print(max(p.grad.max().item() for p in full.parameters()), min(p.grad.min() for p in full.parameters()))
vec = nn.utils.parameters_to_vector(model.parameters())
print(vec[:4])
opt = torch.optim.SGD(model.parameters(), lr=1.0)
for i, (xb, tb) in enumerate(zip(torch.split(X, 6), torch.split(t, 6))):
    loss = crit(model(xb), tb)
    loss.backward()
    if (i + 1) % 2 == 0:
        n = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5, norm_type=2)
        opt.step()
        opt.zero_grad()
        print(i, loss.item(), n.item())
print(all(p.grad is None for p in model.parameters()))
norms = torch.stack([p.detach().norm(2) for p in model.parameters()])
print(norms, torch.norm(norms, 2))
