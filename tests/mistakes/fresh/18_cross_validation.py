"""A search over settings by cross-validation: models and optimizers made in functions, the best one trained anew."""

import itertools

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.utils.data import DataLoader, Subset, TensorDataset, WeightedRandomSampler


def make_model(hidden, activation):
    return nn.Sequential(nn.Linear(4, hidden), activation(), nn.Dropout(0.1), nn.Linear(hidden, 1), nn.Flatten(0))


def make_optimizer(name, model, lr):
    weights = [p for n, p in model.named_parameters() if n.endswith("weight")]
    biases = [p for n, p in model.named_parameters() if n.endswith("bias")]
    groups = [{"params": weights, "weight_decay": 1e-3}, {"params": biases}]
    return {"sgd": optim.SGD, "adagrad": optim.Adagrad, "radam": optim.RAdam}[name](groups, lr=lr)


def run_epoch(model, loader, loss_fn, optimizer=None):
    """Training if there is an optimizer, evaluation if there is none."""
    training = optimizer is not None
    model.train(training)
    total, right, count = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for xb, yb in loader:
            logits = model(xb)
            loss = loss_fn(logits, yb)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(yb)
            right += ((logits > 0) == yb.bool()).sum().item()
            count += len(yb)
    return total / count, right / count


def folds(n, k):
    parts = torch.randperm(n).chunk(k)
    for i in range(k):
        rest = torch.cat([p for j, p in enumerate(parts) if j != i])
        yield rest.tolist(), parts[i].tolist()


torch.manual_seed(33)
X = torch.randn(121, 4)
y = (X[:, 0] ** 2 + X[:, 1] > 1.2).float()
dataset = TensorDataset(X, y)
loss_fn = nn.BCEWithLogitsLoss(pos_weight=(y == 0).sum() / (y == 1).sum())

scores = {}
for hidden, (name, lr) in itertools.product([8, 16], [("sgd", 0.3), ("adagrad", 0.1), ("radam", 0.02)]):
    fold_scores = []
    for train_idx, val_idx in folds(len(dataset), 3):
        model = make_model(hidden, nn.ELU)
        optimizer = make_optimizer(name, model, lr)
        train_loader = DataLoader(Subset(dataset, train_idx), batch_size=27, shuffle=True)
        val_loader = DataLoader(Subset(dataset, val_idx), batch_size=64)
        for _ in range(3):
            run_epoch(model, train_loader, loss_fn, optimizer)
        fold_scores.append(run_epoch(model, val_loader, loss_fn)[0])
    scores[hidden, name, lr] = sum(fold_scores) / len(fold_scores)

hidden, name, lr = min(scores, key=scores.get)
final = make_model(hidden, nn.ELU)
optimizer = make_optimizer(name, final, lr)
sampler = WeightedRandomSampler(torch.where(y == 1, 2.0, 1.0).tolist(), num_samples=121)
full_loader = DataLoader(dataset, batch_size=30, sampler=sampler)
log = [run_epoch(final, full_loader, loss_fn, optimizer) for _ in range(8)]
print(hidden, name, lr, f"{log[-1][0]:.4f}", f"{run_epoch(final, full_loader, loss_fn)[1]:.3f}")
