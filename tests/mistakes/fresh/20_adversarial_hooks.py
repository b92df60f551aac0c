"""Adversarial training (FGSM), hooks that see and change gradients, a dream through a frozen net, MC dropout."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(14)
F = nn.functional
X = torch.randn(128, 6)
y = (X[:, :3].sum(dim=1) > 0).long() + 2 * (X[:, 3] > 0).long()

net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 4))
optimizer = optim.Adamax(net.parameters(), lr=2e-2)

# hooks: activations seen in forward, a gradient mask on half of a bias, noise on the gradients of the last weight
seen, norms = {}, []
handle = net[1].register_forward_hook(lambda m, inp, out: seen.update(relu=out.detach().mean().item()))
mask = (torch.arange(32) < 16).float()
net[0].bias.register_hook(lambda g: g * mask)
noise = net[3].weight.register_hook(lambda g: g + 0.001 * torch.randn_like(g))
frozen_half = net[0].bias[16:].detach().clone()


def fgsm(x, target, eps):
    x = x.clone().requires_grad_(True)
    loss = F.cross_entropy(net(x), target)
    (grad,) = torch.autograd.grad(loss, x)
    return (x + eps * grad.sign()).detach()


for epoch in range(10):
    net.train()
    for xb, yb in zip(X.split(50), y.split(50)):
        adv = fgsm(xb, yb, eps=0.05)
        optimizer.zero_grad()
        loss = 0.5 * F.cross_entropy(net(xb), yb) + 0.5 * F.cross_entropy(net(adv), yb)
        loss.backward()
        norms.append(torch.stack([p.grad.norm() for p in net.parameters()]).norm().item())
        optimizer.step()
handle.remove()
noise.remove()
assert torch.equal(frozen_half, net[0].bias[16:].detach())

# the input optimized instead of the weights: the net in eval mode and frozen
net.eval()
net.requires_grad_(False)
dream = torch.zeros(1, 6, requires_grad=True)
ascent = optim.SGD([dream], lr=0.5, maximize=True)
for _ in range(20):
    ascent.zero_grad()
    score = net(dream)[0, 3] - 0.1 * dream.pow(2).sum()
    score.backward()
    ascent.step()
net.requires_grad_(True)

# uncertainty by MC dropout: in train mode on purpose, without gradients
net.train()
with torch.no_grad():
    probs = torch.stack([net(X).softmax(dim=-1) for _ in range(8)])
uncertainty = probs.std(dim=0).mean().item()

# distillation: the trained net, in eval mode, teaches a small one through soft targets
net.eval()
student = nn.Linear(6, 4)
opt = optim.Adadelta(student.parameters(), lr=1.0)
T = 2.0
for _ in range(30):
    with torch.no_grad():
        soft = F.softmax(net(X) / T, dim=1)
    kd = F.kl_div(F.log_softmax(student(X) / T, dim=1), soft, reduction="batchmean") * T * T
    opt.zero_grad()
    kd.backward()
    opt.step()
accuracy = (student(X).argmax(1) == y).float().mean().item()
print(f"{loss.item():.4f} norm {norms[-1]:.4f} relu {seen['relu']:.3f} score {score.item():.4f}", end=" ")
print(f"mc {uncertainty:.4f} kd {kd.item():.4f} student {accuracy:.3f}")
