"""Is ten megabytes long."""

# The rest is added where it is run: it is not worth its room here.
