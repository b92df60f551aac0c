"""Gradients accumulated over four small batches, with an odd last batch and an odd last group of batches."""

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.optim import AdamW
from tinygrad_optim.optim.lr_scheduler import OneCycleLR
from tinygrad_optim.utils.data import DataLoader, TensorDataset, random_split

SEED, ACCUM, EPOCHS = 7, 4, 6


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden)
        self.norm = nn.LayerNorm(n_hidden)
        self.drop = nn.Dropout(p=0.2)
        self.fc2 = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        return self.fc2(self.drop(torch.relu(self.norm(self.fc1(x)))))


@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    right = total = 0
    for xb, yb in loader:
        pred = model(xb).argmax(dim=1)
        right += (pred == yb).sum().item()
        total += yb.size(0)
    return right / total


def main():
    torch.manual_seed(SEED)
    X = torch.randn(203, 6)
    y = (X[:, 0] > 0).long() + (X[:, 1] + X[:, 2] > 0).long()
    train_set, val_set = random_split(TensorDataset(X, y), [163, 40])
    train_loader = DataLoader(train_set, batch_size=10, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=32)

    class_count = torch.bincount(y, minlength=3).float()
    criterion = nn.CrossEntropyLoss(weight=class_count.sum() / (3 * class_count), label_smoothing=0.05)
    model = Classifier(6, 32, 3)
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)
    steps_per_epoch = (len(train_loader) + ACCUM - 1) // ACCUM
    scheduler = OneCycleLR(optimizer, max_lr=2e-2, total_steps=EPOCHS * steps_per_epoch)

    best = 0.0
    for epoch in range(EPOCHS):
        model.train()
        optimizer.zero_grad()
        running = 0.0
        for i, (xb, yb) in enumerate(train_loader):
            loss = criterion(model(xb), yb)
            running += loss.item() * len(xb)
            (loss / ACCUM).backward()
            if (i + 1) % ACCUM == 0 or (i + 1) == len(train_loader):
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
        best = max(best, accuracy(model, val_loader))
    print(f"loss {running / len(train_set):.4f}, best accuracy {best:.3f}")


if __name__ == "__main__":
    main()
