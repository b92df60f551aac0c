"""A character model with tied weights: stateful LSTM, truncated back-propagation, no decay for norms and biases."""

import math

import tinygrad_optim as torch
import tinygrad_optim.nn.functional as F
from tinygrad_optim import nn, optim

torch.manual_seed(11)
text = "the quick brown fox jumps over the lazy dog. " * 12
vocab = sorted(set(text))
stoi = {c: i for i, c in enumerate(vocab)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)

B, T, H = 4, 12, 24
n = (len(data) - 1) // B
inputs = data[: n * B].view(B, n)
targets = data[1 : n * B + 1].view(B, n)


class TiedLM(nn.Module):
    def __init__(self, vocab_size, hidden):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, hidden)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, vocab_size)
        self.head.weight = self.emb.weight  # tied
        nn.init.normal_(self.emb.weight, std=1 / math.sqrt(hidden))

    def forward(self, idx, state=None):
        out, state = self.rnn(self.emb(idx), state)
        return self.head(self.norm(out)), state


model = TiedLM(len(vocab), H)
decay, no_decay = [], []
for name, p in model.named_parameters():
    (no_decay if name.endswith("bias") or "bias_" in name or name.startswith("norm") else decay).append(p)
groups = [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}]
optimizer = optim.AdamW(groups, lr=1e-2)
assert sum(len(g["params"]) for g in optimizer.param_groups) == len(list(model.parameters()))

perplexities = []
for epoch in range(6):
    state, total, count = None, 0.0, 0
    for start in range(0, n, T):  # the last piece is shorter
        xb, yb = inputs[:, start : start + T], targets[:, start : start + T]
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = model(xb, state)
        loss = F.cross_entropy(logits.reshape(-1, len(vocab)), yb.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        total += loss.item() * yb.numel()
        count += yb.numel()
    perplexities.append(math.exp(total / count))

with torch.no_grad():
    idx, state, out = torch.tensor([[stoi["t"]]]), None, "t"
    for _ in range(30):
        logits, state = model(idx, state)
        idx = logits[:, -1].argmax(-1, keepdim=True)
        out += vocab[idx.item()]
print(out, round(perplexities[-1], 4))
