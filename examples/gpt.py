"""A small GPT that learns to tell a tale: two blocks of attention over the last 32 characters.

python examples/gpt.py
"""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_text
from tinygrad_optim.nn import functional as F

CONTEXT = 32  # characters that the model looks back on
WIDTH = 64
HEADS = 4
BLOCKS = 2
BATCH = 16


class Attention(nn.Module):
    """Each place asks all places up to itself, in several heads."""

    def __init__(self):
        super().__init__()
        self.ask = nn.Linear(WIDTH, 3 * WIDTH)
        self.answer = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        batch, length, _ = x.shape
        parts = self.ask(x).view(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (batch, heads, length, width of a head)
        heard = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.answer(heard.transpose(1, 2).reshape(batch, length, WIDTH))


class Block(nn.Module):
    """Attention and a small net at each place, each added to what came in."""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """Characters and their places as vectors, blocks, and at each place a guess of the next character."""

    def __init__(self, characters):
        super().__init__()
        self.character = nn.Embedding(characters, WIDTH)
        self.place = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList([Block() for _ in range(BLOCKS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters, bias=False)
        self.apply(start)

    def forward(self, codes):
        x = self.character(codes) + self.place(torch.arange(codes.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def start(module):
    """Small random weights, and biases of 0."""
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def make_net(text):
    return GPT(len(text.characters))


def make_optimizer(net):
    """Weight decay for matrices alone, not for biases and norms."""
    matrices = [p for p in net.parameters() if p.dim() == 2]
    vectors = [p for p in net.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.95))


def draw_batch(codes):
    """Pieces of the text (BATCH, CONTEXT), and the same one character further on: what is to be guessed."""
    starts = torch.randint(len(codes) - CONTEXT, (BATCH,))
    places = starts[:, None] + torch.arange(CONTEXT)
    return codes[places], codes[places + 1]


def train(net, text, steps):
    """Train the net, and give back each step's loss."""
    optimizer = make_optimizer(net)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    losses = []
    for _ in range(steps):
        codes, following = draw_batch(text.codes)
        loss = F.cross_entropy(net(codes).flatten(0, 1), following.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def tell(net, text, beginning, length):
    """The beginning, and so many characters more, each drawn from what the net thinks of."""
    codes = text.encode(beginning)
    with torch.no_grad():
        for _ in range(length):
            guesses = net(codes[None, -CONTEXT:])[0, -1]
            codes = torch.cat([codes, torch.multinomial(F.softmax(guesses / 0.7, dim=0), 1)])
    return text.decode(codes)


def main():
    torch.manual_seed(0)
    text = load_text()
    net = make_net(text)
    losses = train(net, text, steps=400)
    print(f"loss of the first step {losses[0]:.2f}, mean of the last 20 {sum(losses[-20:]) / 20:.2f}")
    print(tell(net, text, "The walker ", 200))


if __name__ == "__main__":
    main()
