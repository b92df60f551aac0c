"""A second phase with an optimizer and a schedule of its own, while the first still lives."""

import copy

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
x, labels = torch.randn(40, 4), torch.arange(40) % 2
first = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
warm_up = optim.lr_scheduler.LinearLR(first, start_factor=0.1, total_iters=5)
then = optim.lr_scheduler.CosineAnnealingLR(first, T_max=10)
schedule = optim.lr_scheduler.SequentialLR(first, [warm_up, then], milestones=[5])
for _ in range(15):
    first.zero_grad()
    nn.functional.cross_entropy(net(x), labels).backward()
    first.step()
    schedule.step()
pretrained = copy.deepcopy(net.state_dict())

tuned = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
tuned.load_state_dict(pretrained)
tuned[3] = nn.Linear(8, 5)
for p in tuned[0].parameters():
    p.requires_grad_(False)
second = optim.AdamW(
    [{"params": tuned[1].parameters(), "lr": 1e-4}, {"params": tuned[3].parameters()}], lr=1e-3, weight_decay=0.01
)
cycle = optim.lr_scheduler.OneCycleLR(second, max_lr=[1e-3, 1e-2], total_steps=20)
for step in range(20):
    tuned.train()
    second.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(tuned(x), torch.arange(40) % 5).backward()
    second.step()
    cycle.step()

third = optim.SGD(net.parameters(), lr=0.001)
for _ in range(5):
    third.zero_grad()
    nn.functional.cross_entropy(net(x), labels).backward()
    third.step()
