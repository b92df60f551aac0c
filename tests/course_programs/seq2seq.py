"""An encoder, a decoder that attends to it, and teacher forcing."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(0)
torch.manual_seed(0)
PAD, SOS, EOS, V = 0, 1, 2, 9


class Encoder(nn.Module):
    def __init__(self, v, h):
        super().__init__()
        self.embedding = nn.Embedding(v, h, padding_idx=PAD)
        self.gru = nn.GRU(h, h)

    def forward(self, src):
        return self.gru(self.embedding(src))


class AttnDecoder(nn.Module):
    def __init__(self, v, h):
        super().__init__()
        self.embedding = nn.Embedding(v, h)
        self.attn = nn.Linear(h * 2, h)
        self.gru = nn.GRU(h, h)
        self.out = nn.Linear(h, v)

    def forward(self, tok, hidden, enc):
        e = self.embedding(tok).unsqueeze(0)
        o, hidden = self.gru(e, hidden)
        scores = torch.bmm(o.transpose(0, 1), enc.permute(1, 2, 0))
        w = F.softmax(scores, dim=-1)
        ctx = torch.bmm(w, enc.transpose(0, 1)).squeeze(1)
        o = torch.tanh(self.attn(torch.cat((o.squeeze(0), ctx), 1)))
        return F.log_softmax(self.out(o), dim=1), hidden, w


enc, dec = Encoder(V, 16), AttnDecoder(V, 16)
print(enc, dec, sep="\n")
opt = torch.optim.Adam(list(enc.parameters()) + list(dec.parameters()), lr=0.02)
crit = nn.NLLLoss(ignore_index=PAD)
src = torch.randint(3, V, (4, 8))
tgt = torch.cat([src.flip(0), torch.full((1, 8), EOS)], dim=0)
for epoch in range(8):
    opt.zero_grad()
    enc_out, hidden = enc(src)
    tok = torch.full((8,), SOS, dtype=torch.long)
    loss = 0
    for t in range(tgt.size(0)):
        lp, hidden, w = dec(tok, hidden, enc_out)
        loss += crit(lp, tgt[t])
        tok = tgt[t] if random.random() < 0.5 else lp.topk(1)[1].squeeze(1).detach()
    loss.backward()
    opt.step()
    print(epoch, round(loss.item() / tgt.size(0), 4))
print(w[0, 0], w.sum(-1).squeeze())
print(enc.embedding.weight[PAD], enc.embedding.weight.grad[PAD])
