"""Formulas: typed text as loss surfaces, with exact slopes, in numpy calls; read, never run as a program."""

from landscapes.expression.formula import Formula, compile_formula
from landscapes.expression.parse import find_parameters
from landscapes.expression.partial import PartialFormula
from landscapes.expression.surface import make_landscape

__all__ = ["Formula", "PartialFormula", "compile_formula", "find_parameters", "make_landscape"]
