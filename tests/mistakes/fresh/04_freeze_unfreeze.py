"""A pre-trained backbone: first frozen under a new head, its batch norm at rest; then unfrozen layer by layer."""

import copy

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(3)
F = nn.functional


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        return self.pool(F.relu(self.conv2(x))).flatten(1)


def images(n):
    x = 0.3 * torch.randn(n, 1, 8, 8)
    y = torch.randint(0, 2, (n,))
    x[y == 1, :, 2:6, :] += 1.0
    x[y == 0, :, :, 2:6] += 1.0
    return x, y


def fit(model, optimizer, n_steps, frozen_bn):
    losses = []
    for _ in range(n_steps):
        model.train()
        if frozen_bn:
            model[0].bn1.eval()
        x, y = images(16)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# pre-training
pretrained = nn.Sequential(Backbone(), nn.Linear(8, 2))
fit(pretrained, optim.Adam(pretrained.parameters(), lr=1e-2), 25, frozen_bn=False)

# a new head on the frozen backbone
model = nn.Sequential(copy.deepcopy(pretrained[0]), nn.Linear(8, 2))
model[0].requires_grad_(False)
before = {k: v.clone() for k, v in model[0].state_dict().items()}
optimizer = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.2, momentum=0.9)
first = fit(model, optimizer, 15, frozen_bn=True)
assert all(torch.equal(before[k], v) for k, v in model[0].state_dict().items())
assert all(p.grad is None for p in model[0].parameters())

# now the last convolution too, and then all of it, at lower rates
model[0].conv2.requires_grad_(True)
optimizer.add_param_group({"params": model[0].conv2.parameters(), "lr": 0.02})
second = fit(model, optimizer, 10, frozen_bn=True)
for p in model.parameters():
    p.requires_grad = True
optimizer.add_param_group({"params": [*model[0].conv1.parameters(), *model[0].bn1.parameters()], "lr": 0.002})
third = fit(model, optimizer, 10, frozen_bn=False)

model.eval()
x, y = images(100)
with torch.no_grad():
    acc = (model(x).argmax(1) == y).float().mean()
print(f"{first[-1]:.4f} {second[-1]:.4f} {third[-1]:.4f} accuracy {acc.item():.2f}")
