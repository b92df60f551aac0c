"""Policy gradients, a straight-through estimator, contrastive pairs, an autoencoder, and sums over sequences."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3))
optimizer = optim.Adam(policy.parameters(), lr=0.01)
for episode in range(10):
    states = torch.randn(12, 2)
    logits = policy(states)
    with torch.no_grad():
        actions = torch.multinomial(logits.softmax(1), 1)
    rewards = (actions[:, 0] == 1).float() - 0.3
    returns = (rewards - rewards.mean()) / (rewards.std() + 1e-6)
    chosen = logits.log_softmax(1).gather(1, actions)[:, 0]
    loss = -(chosen * returns).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

codes = nn.Linear(4, 4)
back = nn.Linear(4, 4)
optimizer = optim.SGD([*codes.parameters(), *back.parameters()], lr=0.05)
for step in range(10):
    x = torch.randn(16, 4)
    z = codes(x)
    hard = z + (z.round() - z).detach()
    loss = nn.functional.mse_loss(back(hard), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

for step in range(10):
    a, b = nn.functional.normalize(codes(x), dim=1), nn.functional.normalize(codes(x + 0.1), dim=1)
    loss = nn.functional.cross_entropy(a @ b.T / 0.1, torch.arange(16))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

probabilities = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
optimizer = optim.SGD(probabilities.parameters(), lr=0.5)
for step in range(10):
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy(probabilities(x)[:, 0], (x[:, 0] > 0).float()).backward()
    optimizer.step()
