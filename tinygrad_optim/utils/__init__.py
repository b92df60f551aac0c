"""What stands beside the training itself: utils.data, which brings the data in batches."""

from . import data

__all__ = ["data"]
