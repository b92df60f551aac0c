"""A small GAN learns a ring of two dimensions: the two optimizers take turns, the generator's pictures are detached."""

import math

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
latent_dim, batch = 4, 64


def real_batch(n):
    angle = 2 * math.pi * torch.rand(n)
    ring = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    return ring + 0.05 * torch.randn(n, 2)


def weights_init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_normal_(m.weight)
        nn.init.zeros_(m.bias)


G = nn.Sequential(nn.Linear(latent_dim, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(32, 1))
G.apply(weights_init)
D.apply(weights_init)

criterion = nn.BCEWithLogitsLoss()
optG = optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
optD = optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
fixed_noise = torch.randn(128, latent_dim)
G_losses, D_losses, radii = [], [], []

for it in range(150):
    # (1) D: real up, fake down, in two backward passes that add up
    D.zero_grad()
    x = real_batch(batch)
    errD_real = criterion(D(x).view(-1), torch.full((batch,), 0.9))  # one-sided label smoothing
    errD_real.backward()
    fake = G(torch.randn(batch, latent_dim))
    errD_fake = criterion(D(fake.detach()).view(-1), torch.zeros(batch))
    errD_fake.backward()
    optD.step()

    # (2) G: the same fakes, looked at again by the better D
    G.zero_grad()
    errG = criterion(D(fake).view(-1), torch.ones(batch))
    errG.backward()
    optG.step()

    G_losses.append(errG.item())
    D_losses.append((errD_real + errD_fake).item())
    if (it + 1) % 50 == 0:
        G.eval()
        with torch.no_grad():
            radii.append(G(fixed_noise).norm(dim=1).mean().item())
        G.train()

print(f"D {D_losses[-1]:.4f} G {G_losses[-1]:.4f} radius {radii[-1]:.4f}")
