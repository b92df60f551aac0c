"""A Wasserstein GAN with gradient penalty: several critic steps a generator step, the critic frozen meanwhile."""

from itertools import pairwise

import tinygrad_optim as torch
from tinygrad_optim import nn, optim


def mlp(sizes, act):
    layers = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    score = critic(mixed)
    (gradients,) = torch.autograd.grad(
        outputs=score,
        inputs=mixed,
        grad_outputs=torch.ones_like(score),
        create_graph=True,
        retain_graph=True,
    )
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


def set_requires_grad(net, flag):
    for p in net.parameters():
        p.requires_grad_(flag)


torch.manual_seed(1)
n_critic, lambda_gp, batch = 3, 10.0, 48
generator = mlp([3, 24, 24, 2], nn.Tanh)
critic = mlp([2, 24, 24, 1], nn.SiLU)
opt_g = optim.RMSprop(generator.parameters(), lr=5e-3)
opt_c = optim.Adam(critic.parameters(), lr=5e-3, betas=(0.0, 0.9))
centres = torch.tensor([[2.0, 0.0], [-2.0, 0.0]])
history = {"critic": [], "generator": [], "gp": []}

for step in range(40):
    set_requires_grad(critic, True)
    for _ in range(n_critic):
        real = centres[torch.randint(0, 2, (batch,))] + 0.1 * torch.randn(batch, 2)
        with torch.no_grad():
            fake = generator(torch.randn(batch, 3))
        gp = gradient_penalty(critic, real, fake)
        loss_c = critic(fake).mean() - critic(real).mean() + lambda_gp * gp
        opt_c.zero_grad(set_to_none=True)
        loss_c.backward()
        opt_c.step()

    set_requires_grad(critic, False)
    loss_g = -critic(generator(torch.randn(batch, 3))).mean()
    opt_g.zero_grad(set_to_none=True)
    loss_g.backward()
    opt_g.step()

    for key, value in zip(history, (loss_c, loss_g, gp)):
        history[key].append(value.item())

samples = generator(torch.randn(200, 3)).detach()
print("spread", round(samples[:, 0].std().item(), 4), "critic", round(history["critic"][-1], 4))
