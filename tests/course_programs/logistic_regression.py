"""Two clouds of points told apart, with weighted classes."""

import torch
from torch import nn

torch.manual_seed(1)
n = 200
a = torch.randn(n // 2, 2) + torch.tensor([2.0, 2.0])
b = torch.randn(n // 2, 2) - torch.tensor([1.0, 1.0])
X = torch.cat((a, b), 0)
y = torch.cat((torch.ones(n // 2), torch.zeros(n // 2)))
mean, std = X.mean(dim=0, keepdim=True), X.std(dim=0, keepdim=True)
X = (X - mean) / std
print(mean, std)
model = nn.Linear(2, 1)
loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.5]))
opt = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, weight_decay=1e-4)
for epoch in range(30):
    logits = model(X).squeeze(1)
    loss = loss_fn(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        preds = torch.sigmoid(logits).round()
        acc = (preds == y).float().mean()
        print(epoch, round(loss.item(), 5), f"{acc.item():.3f}")
with torch.inference_mode():
    p = torch.sigmoid(model(X)).flatten()
    pred = (p > 0.5).long()
    tp = ((pred == 1) & (y == 1)).sum().item()
    fp = ((pred == 1) & (y == 0)).sum().item()
    fn = ((pred == 0) & (y == 1)).sum().item()
    print(tp, fp, fn, tp / (tp + fp), tp / (tp + fn))
l1 = nn.BCELoss()(p, y)
l2 = nn.functional.binary_cross_entropy_with_logits(model(X).view(-1), y)
print(torch.allclose(l1, l2, atol=1e-6), l1, l2)
sm = nn.SoftMarginLoss()(model(X).view(-1), 2 * y - 1)
print(sm)
