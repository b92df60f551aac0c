"""Returns what cannot be written as data: a function, a socket, a lock, a surrogate."""

import threading


def running_sums(numbers):
    return [running_sums, threading.Lock(), object()]


def next_weight(w, g):
    return '\ud800'
