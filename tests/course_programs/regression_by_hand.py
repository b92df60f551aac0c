"""Linear regression with tensors and autograd alone."""

import torch

torch.manual_seed(42)
true_w = torch.tensor([[2.0], [-3.4]])
true_b = 4.2
X = torch.randn(100, 2)
y = X @ true_w + true_b + torch.randn(100, 1) * 0.01
w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1


def model(X):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


for epoch in range(20):
    perm = torch.randperm(100)
    for i in range(0, 100, 20):
        idx = perm[i : i + 20]
        loss = squared_loss(model(X[idx]), y[idx]).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
            w.grad.zero_()
            b.grad.zero_()
    if epoch % 5 == 4:
        with torch.no_grad():
            print(f"epoch {epoch + 1}, loss {float(squared_loss(model(X), y).mean()):.6f}")
print("w:", w)
print("b:", b)
print(f"error in w: {(true_w - w.detach()).abs().max():.4f}")
