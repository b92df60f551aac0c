"""An LSTM that learns the next character of a sentence, its state carried on and detached."""

import torch
import torch.nn as nn

torch.manual_seed(1)
text = "hello world, hello there, hold the door. "
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
itos = {i: c for c, i in stoi.items()}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden, n_layers=2):
        super().__init__()
        self.hidden, self.n_layers = hidden, n_layers
        self.embed = nn.Embedding(vocab, 8)
        self.lstm = nn.LSTM(8, hidden, n_layers, batch_first=True, dropout=0.1)
        self.fc = nn.Linear(hidden, vocab)

    def forward(self, x, h):
        out, h = self.lstm(self.embed(x), h)
        return self.fc(out.reshape(-1, self.hidden)), h

    def init_hidden(self, b):
        weight = next(self.parameters()).data
        return (weight.new(self.n_layers, b, self.hidden).zero_(), weight.new_zeros(self.n_layers, b, self.hidden))


net = CharRNN(len(chars), 24)
print(net)
print(sum(p.numel() for p in net.parameters()))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
crit = nn.CrossEntropyLoss()
T = 10
for epoch in range(6):
    h = net.init_hidden(1)
    tot = 0
    net.train()
    for i in range(0, len(data) - T, T):
        h = tuple([s.detach() for s in h])
        x = data[i : i + T].unsqueeze(0)
        y = data[i + 1 : i + T + 1]
        net.zero_grad()
        out, h = net(x, h)
        loss = crit(out, y.view(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
        tot += loss.item()
    print(f"{epoch}: {tot:.4f}")
net.eval()
with torch.no_grad():
    h = net.init_hidden(1)
    c = torch.tensor([[stoi["h"]]])
    s = "h"
    for _ in range(15):
        out, h = net(c, h)
        c = out.argmax(-1, keepdim=True)
        s += itos[c.item()]
print(repr(s))
probs = torch.softmax(out / 0.8, dim=-1).squeeze()
print(torch.multinomial(probs, 3, replacement=True), torch.topk(probs, 3))
