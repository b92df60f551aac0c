"""Training broken off and resumed from a checkpoint gives the same numbers as training without a break."""

import io

import tinygrad_optim as torch
from tinygrad_optim import nn, optim


class Trainer:
    def __init__(self, model, lr=0.05, ema_decay=0.9):
        self.model = model
        self.optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
        self.scheduler = optim.lr_scheduler.StepLR(self.optimizer, step_size=4, gamma=0.7)
        self.criterion = nn.HuberLoss(delta=0.5)
        self.decay = ema_decay
        self.ema = {k: v.detach().clone() for k, v in model.state_dict().items()}
        self.epoch, self.history = 0, []

    def update_ema(self):
        for key, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.ema[key].mul_(self.decay).add_(value.detach(), alpha=1 - self.decay)
            else:
                self.ema[key].copy_(value)

    def train_epoch(self, x, y, batch_size=25):
        self.model.train()
        losses = []
        for i in range(0, len(x), batch_size):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x[i : i + batch_size]).squeeze(-1), y[i : i + batch_size])
            loss.backward()
            self.optimizer.step()
            self.update_ema()
            losses.append(loss.detach())
        self.scheduler.step()
        self.epoch += 1
        self.history.append(torch.stack(losses).mean().item())

    def save(self, file):
        torch.save(
            {
                "epoch": self.epoch,
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict(),
                "ema": self.ema,
                "history": self.history,
            },
            file,
        )

    def load(self, file):
        state = torch.load(file)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.epoch, self.ema, self.history = state["epoch"], state["ema"], list(state["history"])


def build():
    return nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))


torch.manual_seed(21)
x = torch.randn(110, 3)
y = x.prod(dim=1) + 0.1 * torch.randn(110)

whole = Trainer(build())
buffer = io.BytesIO()
for epoch in range(12):
    if epoch == 6:
        whole.save(buffer)
    whole.train_epoch(x, y)

buffer.seek(0)
resumed = Trainer(build())
resumed.load(buffer)
while resumed.epoch < 12:
    resumed.train_epoch(x, y)

assert resumed.history == whole.history
shadow = build()
shadow.load_state_dict(resumed.ema)
shadow.eval()
with torch.no_grad():
    ema_loss = resumed.criterion(shadow(x).squeeze(1), y).item()
print(f"{resumed.history[-1]:.5f} ema {ema_loss:.5f} lr {resumed.scheduler.get_last_lr()[0]:.5f}")
