"""Every container of modules and parameters, trained by an optimizer of one's own."""

import itertools
from collections import OrderedDict

import torch
import torch.nn as nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

torch.manual_seed(77)


class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList()
        for i, o in itertools.pairwise(sizes):
            self.layers.append(nn.Linear(i, o))
        self.heads = nn.ModuleDict({"reg": nn.Linear(sizes[-1], 1)})
        self.heads["cls"] = nn.Linear(sizes[-1], 3)
        self.log_vars = nn.ParameterDict({"reg": nn.Parameter(torch.zeros(1)), "cls": nn.Parameter(torch.zeros(1))})
        self.register_buffer("steps", torch.tensor(0))
        self.register_buffer("tmp", torch.ones(2), persistent=False)
        self.register_parameter("none", None)
        self.gains = nn.ParameterList([nn.Parameter(torch.ones(o)) for o in sizes[1:]])

    def forward(self, x):
        self.steps += 1
        for layer, g in zip(self.layers, self.gains):
            x = torch.relu(layer(x)) * g
        return {k: h(x) for k, h in self.heads.items()}


class MyAdam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["m"] = torch.zeros_like(p)
                    state["v"] = torch.zeros_like(p)
                b1, b2 = group["betas"]
                state["step"] += 1
                state["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                state["v"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                mh = state["m"] / (1 - b1 ** state["step"])
                vh = state["v"] / (1 - b2 ** state["step"])
                p.addcdiv_(mh, vh.sqrt().add_(group["eps"]), value=-group["lr"])
        return loss


net = Net([4, 8, 6])
X, yr, yc = torch.randn(20, 4), torch.randn(20, 1), torch.randint(0, 3, (20,))
opt = MyAdam(net.parameters(), lr=0.02)
sch = LambdaLR(opt, lr_lambda=[lambda e: min((e + 1) / 3, 1.0)])
for ep in range(6):
    out = net(X)
    lr_, lc = nn.functional.mse_loss(out["reg"], yr), nn.functional.cross_entropy(out["cls"], yc)
    loss = (
        torch.exp(-net.log_vars["reg"]) * lr_
        + net.log_vars["reg"]
        + torch.exp(-net.log_vars["cls"]) * lc
        + net.log_vars["cls"]
    )
    opt.zero_grad()
    loss.backward()
    opt.step()
    sch.step()
    print(ep, f"{loss.item():.5f} {lr_:.4f} {lc:.4f}", sch.get_last_lr())
print(net.steps, list(net.state_dict().keys()))
print([n for n, _ in net.named_buffers()], [n for n, _ in net.named_children()], len(list(net.modules())))
print(net.get_submodule("heads.reg"))
seq = nn.Sequential(OrderedDict([("fc1", nn.Linear(2, 2)), ("act", nn.ReLU())]))
seq.add_module("fc2", nn.Linear(2, 1))
seq.append(nn.Sigmoid())
print(seq, seq.fc1.in_features, len(seq), seq[1], seq[-1], seq[:2])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(7, 4)
        self.out = nn.Linear(4, 7, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, x):
        return self.out(self.emb(x))


t = Tied()
nn.functional.cross_entropy(t(torch.arange(7)), torch.arange(7)).backward()
print(
    sum(p.numel() for p in t.parameters()), t.out.weight is t.emb.weight, t.emb.weight.grad.norm(), list(t.state_dict())
)
net.double()
print(next(net.parameters()).dtype)
net.float()
net.requires_grad_(False)
print(any(p.requires_grad for p in net.parameters()), net.training, net.eval().training)
print(opt)
print(
    nn.ModuleList([nn.ReLU()]).extend([nn.Tanh()]), torch.nn.utils.vector_to_parameters(torch.zeros(28), t.parameters())
)
del net.heads["reg"]
print("reg" in net.heads, list(net.heads.keys()))
