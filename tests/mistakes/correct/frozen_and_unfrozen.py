"""A body that is frozen, then unfrozen in a group of its own, with a schedule that goes on."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
for p in net[0].parameters():
    p.requires_grad = False
optimizer = optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1, momentum=0.9, weight_decay=1e-4)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
x, labels = torch.randn(30, 4), torch.arange(30) % 3
for epoch in range(12):
    if epoch == 6:
        for p in net[0].parameters():
            p.requires_grad = True
        optimizer.add_param_group({"params": net[0].parameters(), "lr": 0.01})
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), labels).backward()
    optimizer.step()
    scheduler.step()
