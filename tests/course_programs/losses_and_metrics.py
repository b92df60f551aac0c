"""Losses with class weights and smoothed labels; confusion matrix, precision, recall, top-k."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(15)
logits = torch.randn(12, 4, requires_grad=True)
t = torch.randint(0, 4, (12,))
w = torch.tensor([1.0, 2.0, 0.5, 1.5])
for kw in (
    {},
    {"label_smoothing": 0.1},
    {"weight": w},
    {"weight": w, "label_smoothing": 0.2},
    {"reduction": "sum"},
    {"ignore_index": 2},
):
    loss = nn.CrossEntropyLoss(**kw)(logits, t)
    logits.grad = None
    loss.backward()
    print(loss.item(), logits.grad.abs().sum().item())
print(F.cross_entropy(logits, t, reduction="none"))
soft = F.one_hot(t, num_classes=4).float() * 0.9 + 0.025
print(
    F.cross_entropy(logits, soft),
    F.nll_loss(F.log_softmax(logits, 1), t),
    F.kl_div(F.log_softmax(logits, 1), soft, reduction="batchmean"),
)
print(nn.KLDivLoss(reduction="sum", log_target=True)(F.log_softmax(logits, 1), soft.log()))
p = logits.argmax(1)
cm = torch.bincount(t * 4 + p, minlength=16).reshape(4, 4)
print(cm, cm.diag().sum().item() / cm.sum().item())
cm2 = F.one_hot(t, 4).T @ F.one_hot(p, 4)
print(torch.equal(cm, cm2), cm2.dtype)
cm3 = torch.zeros(4, 4, dtype=torch.int64)
for i, j in zip(t.view(-1), p.view(-1)):
    cm3[i.long(), j.long()] += 1
print(cm3)
prec = cm.diag() / cm.sum(0).clamp(min=1)
rec = cm.diag().float() / cm.sum(1)
print(prec, rec, 2 * prec * rec / (prec + rec + 1e-8))
_, pred = logits.topk(2, 1, True, True)
correct = pred.t().eq(t.view(1, -1).expand_as(pred.t()))
print([correct[:k].reshape(-1).float().sum(0, keepdim=True).mul_(100.0 / 12).item() for k in (1, 2)])
class_counts = torch.bincount(t, minlength=4)
print(1.0 / class_counts.float(), class_counts.sum() / (4 * class_counts))


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, alpha=0.25):
        super().__init__()
        self.gamma, self.alpha = gamma, alpha

    def forward(self, x, t):
        ce = F.cross_entropy(x, t, reduction="none")
        pt = torch.exp(-ce)
        return (self.alpha * (1 - pt) ** self.gamma * ce).mean()


print(FocalLoss()(logits, t))


def dice(p, t, eps=1e-6):
    p = torch.sigmoid(p).flatten(1)
    t = t.flatten(1)
    inter = (p * t).sum(1)
    return 1 - ((2 * inter + eps) / (p.sum(1) + t.sum(1) + eps)).mean()


seg, mask = torch.randn(2, 1, 4, 4), (torch.rand(2, 1, 4, 4) > 0.5).float()
print(dice(seg, mask), F.cross_entropy(torch.randn(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4))))
a, b = torch.randn(5), torch.randn(5)
print(
    F.mse_loss(a, b),
    F.l1_loss(a, b, reduction="sum"),
    nn.SmoothL1Loss(beta=0.5)(a, b),
    F.huber_loss(a, b),
    nn.PoissonNLLLoss()(a, b.abs()),
    nn.GaussianNLLLoss()(a, b, torch.ones(5)),
)
print(nn.MSELoss(), nn.CrossEntropyLoss(weight=w), nn.BCEWithLogitsLoss())
probs = torch.sigmoid(a)
order = probs.argsort(descending=True)
print(order, (probs[order] > 0.5).cumsum(0))
l2 = sum(p.pow(2.0).sum() for p in nn.Linear(3, 2).parameters())
l1 = sum(p.abs().sum() for p in nn.Linear(3, 2).parameters())
print(0.01 * l2 + 0.001 * l1)
