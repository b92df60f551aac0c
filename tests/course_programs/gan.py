"""Two nets against each other, each with its optimizer."""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(999)
nz = 4


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.2)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(nz, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(True), nn.Linear(16, 2), nn.Tanh()
        )

    def forward(self, z):
        return self.main(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2, inplace=True), nn.Linear(16, 1), nn.Sigmoid())

    def forward(self, x):
        return self.main(x)


netG, netD = Generator(), Discriminator()
netG.apply(weights_init)
netD.apply(weights_init)
print(netG, netD)
criterion = nn.BCELoss()
fixed_noise = torch.randn(4, nz)
optD = optim.Adam(netD.parameters(), lr=0.01, betas=(0.5, 0.999))
optG = optim.Adam(netG.parameters(), lr=0.01, betas=(0.5, 0.999))
real_data = torch.randn(64, 2) * 0.1 + torch.tensor([0.5, -0.5])
for i in range(8):
    real = real_data[i * 8 : (i + 1) * 8]
    netD.zero_grad()
    label = torch.full((8,), 1.0, dtype=torch.float)
    output = netD(real).view(-1)
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.mean().item()
    fake = netG(torch.randn(8, nz))
    label.fill_(0.0)
    output = netD(fake.detach()).view(-1)
    errD_fake = criterion(output, label)
    errD_fake.backward()
    errD = errD_real + errD_fake
    optD.step()
    netG.zero_grad()
    label.fill_(1.0)
    output = netD(fake).view(-1)
    errG = criterion(output, label)
    errG.backward()
    optG.step()
    print(f"[{i}] {errD.item():.4f} {errG.item():.4f} {D_x:.4f} {output.mean().item():.4f}")
with torch.no_grad():
    print(netG(fixed_noise).detach().cpu())
