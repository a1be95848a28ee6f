"""Formulas: typed text as loss surfaces, with exact slopes, in numpy calls; read, never run as a program."""

from landscapes.expression.formula import Formula, compile_formula, make_landscape
from landscapes.expression.parse import find_parameters

__all__ = ["Formula", "compile_formula", "find_parameters", "make_landscape"]
