"""DQN on a walk of seven places: replay memory, a target network that follows softly, epsilon-greedy play."""

import copy
import random
from collections import deque, namedtuple

import tinygrad_optim as torch
import tinygrad_optim.nn.functional as F
from tinygrad_optim import nn, optim

Transition = namedtuple("Transition", "state action reward next_state done")
N = 7


def encode(position):
    return F.one_hot(torch.tensor(position), N).float()


def env_step(position, action):
    position = max(0, position + (1 if action == 1 else -1))
    done = position == N - 1
    return position, (1.0 if done else -0.01), done


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(N, 32), nn.ReLU())
        self.value = nn.Linear(32, 1)
        self.advantage = nn.Linear(32, 2)

    def forward(self, s):
        h = self.trunk(s)
        a = self.advantage(h)
        return self.value(h) + a - a.mean(dim=-1, keepdim=True)


class Agent:
    def __init__(self, gamma=0.95, tau=0.05):
        self.policy = QNet()
        self.target = copy.deepcopy(self.policy)
        self.target.eval()
        for p in self.target.parameters():
            p.requires_grad = False
        self.optimizer = optim.AdamW(self.policy.parameters(), lr=3e-3, amsgrad=True)
        self.memory = deque(maxlen=500)
        self.gamma, self.tau = gamma, tau

    def act(self, position, eps):
        if random.random() < eps:
            return random.randrange(2)
        with torch.no_grad():
            return self.policy(encode(position)).argmax().item()

    def learn(self, batch_size=32):
        if len(self.memory) < batch_size:
            return None
        batch = Transition(*zip(*random.sample(self.memory, batch_size)))
        states, next_states = torch.stack(batch.state), torch.stack(batch.next_state)
        actions = torch.tensor(batch.action).unsqueeze(1)
        rewards, done = torch.tensor(batch.reward), torch.tensor(batch.done)
        q = self.policy(states).gather(1, actions).squeeze(1)
        with torch.no_grad():  # double DQN
            best = self.policy(next_states).argmax(1, keepdim=True)
            next_q = self.target(next_states).gather(1, best).squeeze(1).masked_fill(done, 0.0)
        loss = F.smooth_l1_loss(q, rewards + self.gamma * next_q)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(self.policy.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for tp, p in zip(self.target.parameters(), self.policy.parameters()):
                tp.mul_(1 - self.tau).add_(p, alpha=self.tau)
        return loss.item()


random.seed(0)
torch.manual_seed(0)
agent, lengths, losses = Agent(), [], []
for episode in range(25):
    position, t, done = 0, 0, False
    while not done and t < 40:
        action = agent.act(position, eps=max(0.1, 0.9 - 0.06 * episode))
        nxt, reward, done = env_step(position, action)
        agent.memory.append(Transition(encode(position), action, reward, encode(nxt), done))
        position, t = nxt, t + 1
        if (loss := agent.learn()) is not None:
            losses.append(loss)
    lengths.append(t)
print("steps", lengths[-1], "loss", f"{losses[-1]:.5f}")
