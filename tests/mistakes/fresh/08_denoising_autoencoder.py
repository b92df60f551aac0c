"""A denoising autoencoder with tied weights and sparse codes, stopped early at the best validation loss."""

import copy

import tinygrad_optim as torch
from tinygrad_optim import nn

torch.manual_seed(5)


class TiedAutoencoder(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(k, d))
        self.b_enc = nn.Parameter(torch.zeros(k))
        self.b_dec = nn.Parameter(torch.zeros(d))
        self.register_buffer("mean", torch.zeros(d))
        self.register_buffer("seen", torch.tensor(0))
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")

    def encode(self, x):
        if self.training:
            self.seen += 1
            self.mean.lerp_(x.mean(0), 1.0 / self.seen.item())
        return nn.functional.relu(nn.functional.linear(x - self.mean, self.weight, self.b_enc))

    def forward(self, x):
        z = self.encode(x)
        return z @ self.weight + self.b_dec + self.mean, z


basis = torch.randn(3, 12)
make = lambda n: torch.randn(n, 3) @ basis + 1.0  # noqa: E731
train, valid = make(160), make(40)

model = TiedAutoencoder(12, 8)
opt = torch.optim.NAdam(model.parameters(), lr=0.02)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=2)
best, best_state, bad, patience = float("inf"), None, 0, 6

for epoch in range(60):
    model.train()
    for xb in train[torch.randperm(len(train))].split(48):  # 48, 48, 48, 16
        noisy = xb + 0.2 * torch.randn_like(xb)
        recon, code = model(noisy)
        loss = (recon - xb).pow(2).sum(1).mean() + 1e-2 * code.abs().sum(1).mean()
        opt.zero_grad(set_to_none=False)
        loss.backward()
        opt.step()
        with torch.no_grad():  # rows of at most length 2
            norms = model.weight.norm(dim=1, keepdim=True)
            model.weight.mul_(norms.clamp(max=2.0) / norms)
    model.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(model(valid)[0], valid).item()
    plateau.step(val)
    if val < best - 1e-4:
        best, bad = val, 0
        best_state = copy.deepcopy(model.state_dict())
    else:
        bad += 1
        if bad >= patience:
            break

model.load_state_dict(best_state)
model.eval()
with torch.inference_mode():
    final = nn.functional.mse_loss(model(valid)[0], valid).item()
assert abs(final - best) < 1e-6
print(f"stopped at {epoch}, lr {opt.param_groups[0]['lr']:.4f}, best {best:.5f}")
