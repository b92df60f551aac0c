"""An autograd Function of one's own (straight-through sign), and an optimizer of one's own (Lion), on a binary net."""

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.optim import Optimizer


class SignSTE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, torch.ones_like(x), -torch.ones_like(x))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * (x.abs() <= 1).to(grad_output.dtype)


class Lion(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0):
        if lr <= 0:
            raise ValueError(f"lr must be positive, not {lr}")
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                m = state["exp_avg"]
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(torch.sign(beta1 * m + (1 - beta1) * p.grad), alpha=-group["lr"])
                m.mul_(beta2).add_(p.grad, alpha=1 - beta2)
        return loss


class BinaryLinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(0.1 * torch.randn(n_out, n_in))
        self.scale = nn.Parameter(torch.ones(n_out))

    def forward(self, x):
        return x @ SignSTE.apply(self.weight).t() * self.scale


torch.manual_seed(13)
X = torch.randn(150, 10)
teacher = torch.sign(torch.randn(10))
y = (X @ teacher > 0).long()
net = nn.Sequential(BinaryLinear(10, 32), nn.Hardtanh(), nn.Linear(32, 2), nn.LogSoftmax(dim=1))
assert torch.autograd.gradcheck(nn.Linear(3, 2).double(), (torch.randn(2, 3).double().requires_grad_(),))

opt = Lion([{"params": net[0].parameters(), "lr": 1e-2}, {"params": net[2].parameters(), "weight_decay": 0.1}], lr=3e-3)
schedule = torch.optim.lr_scheduler.LinearLR(opt, 1.0, 0.1, total_iters=40)
nll = nn.NLLLoss()
trail = []


def closure():
    opt.zero_grad()
    loss = nll(net(X), y)
    loss.backward()
    return loss


for _ in range(40):
    trail.append(opt.step(closure).item())
    with torch.no_grad():
        net[0].weight.clamp_(-1, 1)
    schedule.step()

net.eval()
acc = (net(X).exp().argmax(dim=1) == y).sum().item() / len(y)
print(f"{trail[0]:.4f} -> {trail[-1]:.4f}, accuracy {acc:.3f}, lr {opt.param_groups[0]['lr']:.4f}")
