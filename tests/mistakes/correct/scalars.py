"""Values: a neuron of plain numbers, trained by an optimizer and by hand."""

from tinygrad_optim import optim
from tinygrad_optim.value import Value

w, b = Value(0.5), Value(0.0)
optimizer = optim.SGD([w, b], lr=0.05, momentum=0.5)
for step in range(20):
    optimizer.zero_grad()
    loss = sum(((w * x + b) - (2 * x + 1)) ** 2 for x in (-1.0, 0.0, 1.0, 2.0))
    loss.backward()
    optimizer.step()
for step in range(10):
    w.grad = b.grad = 0.0
    loss = sum(((w * x + b) - (2 * x + 1)) ** 2 for x in (-1.0, 0.0, 1.0, 2.0))
    loss.backward()
    w.data -= 0.01 * w.grad
    b.data -= 0.01 * b.grad
