"""Two tasks on one trunk: gradients of each looked at (retain_graph), conflicts projected out, weights learned."""

import tinygrad_optim as torch
import tinygrad_optim.nn.functional as F
from tinygrad_optim import nn, optim

torch.manual_seed(4)
X = torch.randn(120, 5)
y_reg = (X[:, :2].sum(1) + 0.1 * torch.randn(120)).unsqueeze(1)
y_cls = (X[:, 1] * X[:, 2] > 0).float().unsqueeze(1)


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.ModuleList([nn.Linear(5, 24), nn.Linear(24, 24)])
        self.heads = nn.ModuleDict({"reg": nn.Linear(24, 1), "cls": nn.Linear(24, 1)})
        self.log_var = nn.ParameterList([nn.Parameter(torch.zeros(())) for _ in range(2)])

    def forward(self, x):
        for layer in self.trunk:
            x = F.gelu(layer(x))
        return {name: head(x) for name, head in self.heads.items()}


model = MultiTask()
shared = list(model.trunk.parameters())
optimizer = optim.Adam(model.parameters(), lr=0.01)

# A. losses weighted by learned uncertainty; two backward calls through the shared trunk
for _ in range(40):
    optimizer.zero_grad()
    out = model(X)
    losses = [F.mse_loss(out["reg"], y_reg), F.binary_cross_entropy_with_logits(out["cls"], y_cls)]
    weighted = [torch.exp(-s) * loss + 0.5 * s for s, loss in zip(model.log_var, losses)]
    weighted[0].backward(retain_graph=True)
    weighted[1].backward()
    optimizer.step()

# B. gradient surgery (PCGrad) on the trunk; log_var has no gradient here and must stay as it is
log_var_before = [p.item() for p in model.log_var]
optimizer = optim.SGD([p for n, p in model.named_parameters() if not n.startswith("log_var")], lr=0.05)
conflicts = 0
for _ in range(20):
    out = model(X)
    loss_r = F.mse_loss(out["reg"], y_reg)
    loss_c = F.binary_cross_entropy_with_logits(out["cls"], y_cls)
    g_r = torch.autograd.grad(loss_r, shared, retain_graph=True)
    g_c = torch.autograd.grad(loss_c, shared, retain_graph=True)
    dot = sum((a * b).sum() for a, b in zip(g_r, g_c))
    optimizer.zero_grad()
    (loss_r + loss_c).backward()  # the heads' gradients, and plain sums for the trunk
    if dot < 0:
        conflicts += 1
        norm_r, norm_c = sum((a * a).sum() for a in g_r), sum((a * a).sum() for a in g_c)
        for p, a, b in zip(shared, g_r, g_c):
            p.grad = (a - dot / norm_c * b) + (b - dot / norm_r * a)
    optimizer.step()
assert log_var_before == [p.item() for p in model.log_var]

pred = torch.sigmoid(model(X)["cls"]).detach().round()
print(f"reg {loss_r.item():.4f} cls {loss_c.item():.4f} acc {(pred == y_cls).float().mean().item():.3f}")
