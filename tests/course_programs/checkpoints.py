"""Model, optimizer and scheduler saved together and trained on."""

import os
import tempfile

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(11)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(5, 8)
        self.bn = nn.BatchNorm1d(8)
        self.l2 = nn.Linear(8, 2)

    def forward(self, x):
        return self.l2(torch.relu(self.bn(self.l1(x))))


def train(model, opt, sch, X, y, n):
    for _ in range(n):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(X), y)
        loss.backward()
        opt.step()
        sch.step()
    return loss.item()


X, y = torch.randn(30, 5), torch.randint(0, 2, (30,))
model = Net()
opt = optim.Adam(model.parameters(), lr=0.01)
sch = optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.5)
print(train(model, opt, sch, X, y, 5))
path = os.path.join(tempfile.mkdtemp(), "ckpt.pth")
torch.save(
    {
        "epoch": 5,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": opt.state_dict(),
        "scheduler": sch.state_dict(),
        "loss": 0.1,
    },
    path,
)
a = train(model, opt, sch, X, y, 5)
model2 = Net()
opt2 = optim.Adam(model2.parameters(), lr=0.5)
sch2 = optim.lr_scheduler.StepLR(opt2, step_size=7, gamma=0.1)
ck = torch.load(path)
model2.load_state_dict(ck["model_state_dict"])
opt2.load_state_dict(ck["optimizer_state_dict"])
sch2.load_state_dict(ck["scheduler"])
b = train(model2, opt2, sch2, X, y, 5)
print(a, b, a == b, ck["epoch"])
print("Model's state_dict:")
for param_tensor in model.state_dict():
    print(param_tensor, "\t", model.state_dict()[param_tensor].numel())
for k in opt.state_dict():
    v = opt.state_dict()[k]
    print(k, list(v) if k == "state" else sorted(v[0].keys()))
print(list(opt.state_dict()["state"][0].keys()), opt.state_dict()["state"][0]["step"])
p2 = path + ".w"
torch.save(model.state_dict(), p2)
m3 = Net()
print(m3.load_state_dict(torch.load(p2, weights_only=True)))
m3.eval()
model.eval()
print(torch.equal(m3(X), model(X)))
res = m3.load_state_dict({"l1.weight": torch.zeros(8, 5)}, strict=False)
print("l2.bias" in res.missing_keys, res.unexpected_keys)
ck2 = torch.load(path, map_location=torch.device("cpu"))
print(ck2["scheduler"]["last_epoch"])
