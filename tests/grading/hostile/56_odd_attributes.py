"""Is not asked for its functions without saying something of its own."""

def __getattr__(name):
    return lambda *given: True
