"""Leaves in its folder what is no file: pipes, sockets, names of two hundred letters."""

import os
import socket


def running_sums(numbers):
    os.mkfifo("pipe")
    held = socket.socket(socket.AF_UNIX)
    held.bind("socket")
    open("x" * 200 + "\n\udcff", "w").close()
    return numbers
