"""Siamese and contrastive learning: triplets until the margin holds everywhere, then InfoNCE with a temperature."""

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.utils.data import DataLoader, Dataset

torch.manual_seed(8)


class Triplets(Dataset):
    def __init__(self, x, y, n):
        self.x, self.y, self.n = x, y, n
        self.by_class = {c: (y == c).nonzero().flatten() for c in y.unique().tolist()}

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        i = i % len(self.x)
        c = self.y[i].item()
        other = (c + 1) % len(self.by_class)
        pos, neg = self.by_class[c], self.by_class[other]
        return self.x[i], self.x[pos[torch.randint(len(pos), ())]], self.x[neg[torch.randint(len(neg), ())]]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 16), nn.PReLU(), nn.Linear(16, 4))

    def forward(self, x):
        return nn.functional.normalize(self.net(x), dim=-1)


centres = 2 * torch.randn(3, 5)
labels = torch.arange(60) % 3
points = centres[labels] + 0.2 * torch.randn(60, 5)
encoder = Encoder()

# Phase 1: triplets. Late batches have a loss of exactly 0, and so gradients of 0.
loader = DataLoader(Triplets(points, labels, 90), batch_size=20, shuffle=True)
triplet = nn.TripletMarginLoss(margin=0.3)
optimizer = optim.SGD(encoder.parameters(), lr=0.1, momentum=0.9, nesterov=True)
curve = []
for epoch in range(6):
    epoch_loss = 0.0
    for anchor, positive, negative in loader:
        optimizer.zero_grad()
        loss = triplet(encoder(anchor), encoder(positive), encoder(negative))
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * anchor.shape[0]
    curve.append(epoch_loss / len(loader.dataset))

# Phase 2: two noisy views of each point, the others of the batch as negatives, and a learned temperature.
log_t = nn.Parameter(torch.tensor(2.0))
optimizer = optim.Adam([{"params": encoder.parameters()}, {"params": [log_t], "lr": 0.05}], lr=3e-3)
for step in range(30):
    pick = torch.randperm(60)[:16]
    a, b = (encoder(points[pick] + 0.05 * torch.randn(16, 5)) for _ in range(2))
    logits = a @ b.T * log_t.exp()
    target = torch.arange(16)
    loss = (nn.functional.cross_entropy(logits, target) + nn.functional.cross_entropy(logits.t(), target)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        log_t.clamp_(0, 4.6)

with torch.no_grad():
    z = encoder(points)
    sim = z @ z.T - 2 * torch.eye(60)  # no point is its own neighbour
    knn = (labels[sim.argmax(1)] == labels).float().mean().item()
print(f"triplet {curve[-1]:.4f} infonce {loss.item():.4f} 1-nn {knn:.3f}")
