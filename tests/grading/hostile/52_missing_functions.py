"""Has none of the functions."""

answer = 42
