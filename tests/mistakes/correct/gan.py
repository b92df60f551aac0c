"""Two optimizers take turns; the second's backward() also brings gradients to the first's parameters."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
critic = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
by_generator = optim.Adam(generator.parameters(), lr=0.01, betas=(0.5, 0.999))
by_critic = optim.Adam(critic.parameters(), lr=0.01, betas=(0.5, 0.999))
slower = [optim.lr_scheduler.ExponentialLR(one, 0.99) for one in (by_generator, by_critic)]
criterion = nn.BCEWithLogitsLoss()
for step in range(30):
    real, fake = torch.randn(16, 2) + 3, generator(torch.randn(16, 2))
    by_critic.zero_grad()
    loss = criterion(critic(real), torch.ones(16, 1)) + criterion(critic(fake.detach()), torch.zeros(16, 1))
    loss.backward()
    by_critic.step()
    if step % 5 == 4:
        by_generator.zero_grad()
        criterion(critic(fake), torch.ones(16, 1)).backward()
        by_generator.step()
        for scheduler in slower:
            scheduler.step()
