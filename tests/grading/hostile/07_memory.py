"""Takes all the memory there is."""

def running_sums(numbers):
    held = []
    while True:
        held.append(bytearray(1 << 24))
