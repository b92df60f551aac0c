"""Has other things under the functions' names."""

running_sums = 3.0
next_weight = None
Counter = []
