"""The commands of `tinygrad-optim`, a file each: `add` declares its arguments, `run` does it."""
