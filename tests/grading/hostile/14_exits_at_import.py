"""Ends its process before there is anything to call, with the code of success."""

import os

os._exit(0)
