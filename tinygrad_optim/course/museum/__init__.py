"""The museum of bugs: the engine and the optimizers, each with a few lines wrong, as such lines have been wrong before.

    with exhibit("gradients_overwritten"):
        ...  # here the package has that bug, and afterwards it has not

`mutants.py` has the catalogue, `exhibits.py` how a bug is put in and taken out again, `suspects.py` bugs without names.
"""

from __future__ import annotations

from .exhibits import exhibit
from .mutants import MUTANTS, Change, Mutant, mutant_called
from .suspects import Suspect, suspect

__all__ = ["MUTANTS", "Change", "Mutant", "Suspect", "exhibit", "mutant_called", "suspect"]
