"""What setup.cfg cannot say: the lessons lie beside the package in a clone, and inside it where it is installed."""

from setuptools import find_packages, setup

LESSONS = "tinygrad_optim.lessons"

setup(packages=[*find_packages(include=["tinygrad_optim*"]), LESSONS], package_dir={LESSONS: "lessons"})
