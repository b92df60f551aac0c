# A physics-style fit: u'(x) = -u(x), u(0) = 1, by Adam first and then LBFGS with a closure, in float64.
import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(2)
torch.set_default_dtype(torch.float64)

net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1))
x = torch.linspace(0, 2, 21).unsqueeze(1).requires_grad_()
x0 = torch.zeros(1, 1)


def residual_loss():
    u = net(x)
    du = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    return ((du + u) ** 2).mean() + (net(x0) - 1).pow(2).sum()


adam = optim.Adam(net.parameters(), lr=1e-2)
for i in range(60):
    adam.zero_grad()
    loss = residual_loss()
    loss.backward()
    adam.step()
after_adam = loss.item()

lbfgs = optim.LBFGS(net.parameters(), lr=1.0, max_iter=10, history_size=10, line_search_fn="strong_wolfe")
calls = 0


def closure():
    global calls
    calls += 1
    lbfgs.zero_grad()
    loss = residual_loss()
    loss.backward()
    return loss


for i in range(5):
    value = lbfgs.step(closure)

with torch.no_grad():
    error = (net(x) - torch.exp(-x)).abs().max().item()
assert value.item() < after_adam

# and a plain logistic regression by LBFGS without a line search, L2 by hand
features = torch.randn(80, 3)
labels = (features @ torch.tensor([1.0, -2.0, 0.5]) + 0.3 * torch.randn(80) > 0).to(torch.float64)
w, b = torch.zeros(3, requires_grad=True), torch.zeros(1, requires_grad=True)
opt = optim.LBFGS([w, b], lr=0.5, max_iter=20)
bce = nn.BCEWithLogitsLoss()


def logistic_closure():
    opt.zero_grad()
    out = bce(features @ w + b, labels) + 1e-2 * (w**2).sum()
    out.backward()
    return out


losses = [opt.step(logistic_closure).item() for _ in range(3)]
accuracy = ((features @ w + b > 0) == (labels > 0.5)).double().mean().item()
torch.set_default_dtype(torch.float32)
print(f"adam {after_adam:.2e}, error {error:.1e}, logistic {losses[-1]:.4f}, accuracy {accuracy:.2f}")
