"""Dataset, random_split, DataLoader, and the loop of train() and eval()."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(123)
X = torch.rand(300, 4)
y = (X.sum(dim=1) > 2).long() + (X[:, 0] > 0.8).long()
ds = TensorDataset(X, y)
train_ds, val_ds = random_split(ds, [240, 60], generator=torch.Generator().manual_seed(7))
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=64)
print(len(train_ds), len(val_ds), len(train_dl), len(val_dl))
xb, yb = next(iter(val_dl))
print(yb[:10])


class MLP(nn.Module):
    def __init__(self, d_in, h, d_out):
        super().__init__()
        self.fc1 = nn.Linear(d_in, h)
        self.fc2 = nn.Linear(h, h)
        self.out = nn.Linear(h, d_out)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = self.drop(F.relu(self.fc2(x)))
        return self.out(x)


device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
print(device)
net = MLP(4, 16, 3).to(device)
print(net)
print(sum(p.numel() for p in net.parameters() if p.requires_grad))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
crit = nn.CrossEntropyLoss()
for epoch in range(5):
    net.train()
    running = 0.0
    for _i, (xb, yb) in enumerate(train_dl):
        xb, yb = xb.to(device), yb.to(device)
        opt.zero_grad()
        loss = crit(net(xb), yb)
        loss.backward()
        opt.step()
        running += loss.item() * xb.size(0)
    net.eval()
    correct = total = 0
    with torch.no_grad():
        for xb, yb in val_dl:
            out = net(xb)
            _, predicted = torch.max(out.data, 1)
            total += yb.size(0)
            correct += (predicted == yb).sum().item()
    print(f"epoch {epoch}: train {running / len(train_ds):.5f} val acc {100 * correct / total:.1f}%")
