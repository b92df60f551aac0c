"""The best weights, copied; evaluation inside the loop; a schedule that looks at the metric."""

import copy
import io

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
optimizer = optim.RMSprop(net.parameters(), lr=0.01)
scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=1)
x, labels = torch.randn(60, 4), torch.arange(60) % 3
best, since, history, predictions = 0.0, 0, [], []
for epoch in range(12):
    net.train()
    running = 0.0
    for rows in torch.randperm(40).split(10):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(rows)
    net.eval()
    with torch.no_grad():
        logits = net(x[40:])
        accuracy = (logits.argmax(1) == labels[40:]).float().mean().item()
        predictions.append(logits.softmax(1))
    history.append((running / 40, accuracy))
    scheduler.step(accuracy)
    if accuracy >= best:
        best, since, kept = accuracy, 0, copy.deepcopy(net.state_dict())
        file = io.BytesIO()
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
    else:
        since += 1
        if since > 4:
            break
net.load_state_dict(kept)
file.seek(0)
loaded = torch.load(file)
net.load_state_dict(loaded["net"])
optimizer.load_state_dict(loaded["optimizer"])
