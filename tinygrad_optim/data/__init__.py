"""Small data to learn with: digits, irises, two moons, a tale."""

from .digits import Digits, load_digits
from .iris import SPECIES, Iris, load_iris
from .moons import Moons, two_moons
from .text import Text, load_text

__all__ = ["Digits", "Iris", "Moons", "SPECIES", "Text", "load_digits", "load_iris", "load_text", "two_moons"]
