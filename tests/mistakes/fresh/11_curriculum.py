"""A curriculum on sequences of growing length: a new optimizer and a new schedule for each phase."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim


class ParityNet(nn.Module):
    """A GRU cell unrolled by hand over signs, that says whether their sum is positive."""

    def __init__(self, hidden=16):
        super().__init__()
        self.cell = nn.GRUCell(1, hidden)
        self.out = nn.Linear(hidden, 1)
        self.h0 = nn.Parameter(torch.zeros(hidden))

    def forward(self, seq):
        h = self.h0.expand(seq.size(0), -1)
        outputs = []
        for t in range(seq.size(1)):
            h = self.cell(seq[:, t : t + 1], h)
            outputs.append(self.out(h))
        return torch.cat(outputs, dim=1)


def batch(n, length, generator):
    seq = torch.randint(0, 2, (n, length), generator=generator).float() * 2 - 1
    return seq, (seq.cumsum(1) > 0).float()


def phases():
    yield 3, lambda ps: optim.Adam(ps, lr=2e-2), lambda o: optim.lr_scheduler.StepLR(o, step_size=10, gamma=0.5)
    yield (
        5,
        lambda ps: optim.RMSprop(ps, lr=3e-3, momentum=0.5),
        lambda o: optim.lr_scheduler.CosineAnnealingLR(o, T_max=30),
    )
    yield 8, lambda ps: optim.SGD(ps, lr=0.2, momentum=0.9), lambda o: optim.lr_scheduler.ExponentialLR(o, gamma=0.95)


def run(seed=0):
    torch.manual_seed(seed)
    gen = torch.Generator().manual_seed(seed + 1)
    model, loss_fn, report = ParityNet(), nn.BCEWithLogitsLoss(), []
    for number, (length, make_optimizer, make_scheduler) in enumerate(phases(), start=1):
        optimizer = make_optimizer(model.parameters())
        scheduler = make_scheduler(optimizer)
        model.zero_grad()
        for step in range(30):
            seq, target = batch(32, length, gen)
            loss = loss_fn(model(seq), target)
            loss.backward()
            total_norm = nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
        with torch.no_grad():
            seq, target = batch(200, length, gen)
            accuracy = ((model(seq) > 0).float() == target).float().mean()
        report.append((number, round(loss.item(), 4), round(accuracy.item(), 3), scheduler.get_last_lr()[0]))
        assert torch.isfinite(total_norm)
    return report


for line in run():
    print(*line)
