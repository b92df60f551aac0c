"""Policy gradients: REINFORCE with losses kept until the end of an episode, then actor and critic on one trunk."""

import tinygrad_optim as torch
import tinygrad_optim.nn.functional as F
from tinygrad_optim import nn, optim

torch.manual_seed(12)


class Bandit:
    """A walk on a line: reward for ending near +3 after six moves."""

    def reset(self):
        self.pos, self.t = 0.0, 0
        return self.observe()

    def observe(self):
        return torch.tensor([self.pos / 3, self.t / 6])

    def step(self, action):
        self.pos += float(action) - 1.0
        self.t += 1
        return self.observe(), (-abs(self.pos - 3) if self.t == 6 else 0.0), self.t == 6


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(2, 24)
        self.actor = nn.Linear(24, 3)
        self.critic = nn.Linear(24, 1)

    def forward(self, s):
        h = torch.tanh(self.trunk(s))
        return F.log_softmax(self.actor(h), dim=-1), self.critic(h).squeeze(-1)


def episode(env, model):
    log_probs, values, rewards, entropies = [], [], [], []
    s, done = env.reset(), False
    while not done:
        logp, value = model(s)
        action = torch.multinomial(logp.detach().exp(), 1).item()
        s, r, done = env.step(action)
        log_probs.append(logp[action])
        values.append(value)
        rewards.append(r)
        entropies.append(-(logp.exp() * logp).sum())
    returns, running = [], 0.0
    for r in reversed(rewards):
        running = r + 0.99 * running
        returns.insert(0, running)
    return torch.stack(log_probs), torch.stack(values), torch.tensor(returns), torch.stack(entropies)


env, model = Bandit(), ActorCritic()

# REINFORCE with a running baseline: the critic's head takes no part, and gets no gradient
reinforce = optim.Adam(model.parameters(), lr=1e-2)
baseline = 0.0
for _ in range(30):
    log_probs, _, returns, _ = episode(env, model)
    baseline = 0.9 * baseline + 0.1 * returns.mean().item()
    loss = -(log_probs * (returns - baseline)).sum()
    reinforce.zero_grad()
    loss.backward()
    reinforce.step()

# A2C: separate optimizers for the trunk with the actor and for the critic, one backward for both
opt_actor = optim.Adam([*model.trunk.parameters(), *model.actor.parameters()], lr=1e-2)
opt_critic = optim.Adam(model.critic.parameters(), lr=3e-2)
model.zero_grad()
totals = []
for _ in range(40):
    log_probs, values, returns, entropies = episode(env, model)
    advantage = (returns - values).detach()
    loss = -(log_probs * advantage).mean() + 0.5 * F.mse_loss(values, returns) - 0.01 * entropies.mean()
    loss.backward()
    for opt in (opt_actor, opt_critic):
        opt.step()
        opt.zero_grad()
    totals.append(returns[-1].item())

print(f"mean return {sum(totals[-10:]) / 10:.3f}, loss {loss.item():.4f}")
