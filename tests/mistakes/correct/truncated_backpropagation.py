"""A recurrent net over a long text, its state cut between pieces; and one that starts anew with each."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
cell, head = nn.LSTM(3, 8), nn.Linear(8, 2)
optimizer = optim.Adam([*cell.parameters(), *head.parameters()], lr=0.01)
text, labels = torch.randn(60, 4, 3), (torch.arange(240) % 2).reshape(60, 4)
for epoch in range(2):
    state = None
    for start in range(0, 60, 10):
        out, state = cell(text[start : start + 10], state)
        state = tuple(part.detach() for part in state)
        loss = nn.functional.cross_entropy(head(out).reshape(-1, 2), labels[start : start + 10].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(cell.parameters(), 1.0)
        optimizer.step()

hidden = torch.zeros(4, 5)
unit = nn.GRUCell(3, 5)
optimizer = optim.SGD(unit.parameters(), lr=0.1)
for start in range(0, 60, 5):
    hidden = hidden.detach()
    for t in range(start, start + 5):
        hidden = unit(text[t], hidden)
    loss = (hidden**2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
