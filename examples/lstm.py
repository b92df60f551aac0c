"""An LSTM that learns to tell a tale, character by character.

python examples/lstm.py
"""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_text
from tinygrad_optim.nn import functional as F

LENGTH = 32  # characters of a training sequence
BATCH = 16


class Teller(nn.Module):
    """Each character as a vector, an LSTM over them, and from its output a guess of the next character."""

    def __init__(self, characters, width=64):
        super().__init__()
        self.embedding = nn.Embedding(characters, 16)
        self.lstm = nn.LSTM(16, width, batch_first=True)
        self.head = nn.Linear(width, characters)

    def forward(self, codes, state=None):
        output, state = self.lstm(self.embedding(codes), state)
        return self.head(output), state


def make_net(text):
    return Teller(len(text.characters))


def make_optimizer(net):
    return optim.Adam(net.parameters(), lr=0.01)


def draw_batch(codes):
    """Pieces of the text (BATCH, LENGTH), and the same one character further on: what is to be guessed."""
    starts = torch.randint(len(codes) - LENGTH, (BATCH,))
    places = starts[:, None] + torch.arange(LENGTH)
    return codes[places], codes[places + 1]


def train(net, text, steps):
    """Train the net, and give back each step's loss."""
    optimizer = make_optimizer(net)
    losses = []
    for _ in range(steps):
        codes, following = draw_batch(text.codes)
        guesses, _ = net(codes)
        loss = F.cross_entropy(guesses.flatten(0, 1), following.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def tell(net, text, beginning, length):
    """The beginning, and so many characters more, each drawn from what the net thinks of."""
    codes, state, told = text.encode(beginning), None, beginning
    with torch.no_grad():
        for _ in range(length):
            guesses, state = net(codes[None], state)
            codes = torch.multinomial(F.softmax(guesses[0, -1] / 0.7, dim=0), 1)
            told += text.decode(codes)
    return told


def main():
    torch.manual_seed(0)
    text = load_text()
    net = make_net(text)
    losses = train(net, text, steps=400)
    print(f"loss of the first step {losses[0]:.2f}, mean of the last 20 {sum(losses[-20:]) / 20:.2f}")
    print(tell(net, text, "The walker ", 200))


if __name__ == "__main__":
    main()
