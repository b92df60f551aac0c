"""What PyTorch can compute with besides the cpu, so that scripts which ask for it run: here there is none of it."""

from . import cudnn as cudnn, mps as mps
