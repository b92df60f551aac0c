"""One matrix, twice in the model and once in the optimizer."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 6)
        self.mix = nn.Linear(6, 6)
        self.out = nn.Linear(6, 10, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, words):
        return self.out(torch.tanh(self.mix(self.embedding(words))))


torch.manual_seed(0)
net = Tied()
optimizer = optim.Adam(net.parameters(), lr=0.01)
words = torch.arange(10)
for _ in range(15):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(words), (words + 1) % 10).backward()
    optimizer.step()
