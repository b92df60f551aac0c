"""Four small batches make one step."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = optim.AdamW(net.parameters(), lr=0.01)
x, y = torch.randn(64, 4), torch.randn(64, 1)
losses = []
for epoch in range(4):
    optimizer.zero_grad()
    total = 0.0
    for number, start in enumerate(range(0, 64, 8)):
        loss = nn.functional.mse_loss(net(x[start : start + 8]), y[start : start + 8]) / 4
        loss.backward()
        total += loss.item()
        if (number + 1) % 4 == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    losses.append(total)
