"""Stochastic weight averaging with batch norm computed anew, and an exponential average beside it."""

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.optim import SGD
from tinygrad_optim.optim.lr_scheduler import CosineAnnealingLR
from tinygrad_optim.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from tinygrad_optim.utils.data import DataLoader, TensorDataset


def two_moons(n, noise=0.15):
    t = torch.rand(n) * 3.14159
    half = torch.arange(n) % 2
    x = torch.stack([torch.cos(t), torch.sin(t)], dim=1)
    x = torch.where(half.unsqueeze(1) == 1, torch.tensor([1.0, 0.4]) - x, x)
    return x + noise * torch.randn(n, 2), half


def evaluate(model, x, y):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(x)
        result = nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()
    model.train(was_training)
    return result


torch.manual_seed(17)
x_train, y_train = two_moons(210)
x_test, y_test = two_moons(100)
loader = DataLoader(
    TensorDataset(x_train, y_train), batch_size=32, shuffle=True, generator=torch.Generator().manual_seed(0)
)

model = nn.Sequential(
    nn.Linear(2, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 2)
)
swa_model = AveragedModel(model)
ema_model = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.95), use_buffers=True)
optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
cosine = CosineAnnealingLR(optimizer, T_max=12)
swa_schedule = SWALR(optimizer, swa_lr=0.05, anneal_epochs=2)
swa_start = 6

for epoch in range(12):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        ema_model.update_parameters(model)
    if epoch >= swa_start:
        swa_model.update_parameters(model)
        swa_schedule.step()
    else:
        cosine.step()
update_bn(loader, swa_model)

for name, m in [("last", model), ("swa", swa_model), ("ema", ema_model)]:
    nll, acc = evaluate(m, x_test, y_test)
    print(f"{name}: {nll:.4f} {acc:.2f}", end="  ")
print(int(swa_model.n_averaged))
