"""EMA and SWA of a net, a target network that follows, and weights put aside and put back."""

import copy

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 1))
target = copy.deepcopy(net).requires_grad_(False)
ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9))
swa = AveragedModel(net)
shadow = {name: p.detach().clone() for name, p in net.named_parameters()}
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
swa_scheduler = SWALR(optimizer, swa_lr=0.01, anneal_epochs=3)
x = torch.randn(20, 3)
for step in range(20):
    with torch.no_grad():
        wanted = 0.9 * target(x) + 1
    optimizer.zero_grad()
    nn.functional.smooth_l1_loss(net(x), wanted).backward()
    optimizer.step()
    ema.update_parameters(net)
    with torch.no_grad():
        for name, p in net.named_parameters():
            shadow[name].mul_(0.9).add_(p, alpha=0.1)
    if step < 10:
        scheduler.step()
    else:
        swa.update_parameters(net)
        swa_scheduler.step()
    if step % 5 == 0:
        target.load_state_dict(net.state_dict())
    else:
        theirs, ours = target.state_dict(), net.state_dict()
        for name in theirs:
            theirs[name] = ours[name] * 0.05 + theirs[name] * 0.95
        target.load_state_dict(theirs)
update_bn([x], swa)
aside = {name: tensor.clone() for name, tensor in net.state_dict().items()}
net.load_state_dict({**net.state_dict(), **shadow})
net.eval()
net(x)
net.load_state_dict(aside)
