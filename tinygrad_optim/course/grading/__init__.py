"""Grading: learners' files run in confined processes, on inputs that nobody has seen, by the course's own checks."""
