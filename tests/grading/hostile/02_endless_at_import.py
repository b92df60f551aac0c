"""Never ends, outside of its functions."""

while True:
    pass
