"""A typed formula as a loss surface."""

from collections.abc import Mapping

import numpy as np

from landscapes.errors import InputError
from landscapes.expression.formula import NO_CONSTANTS, compile_formula
from landscapes.expression.partial import PartialFormula, find_gaps, join_corners
from landscapes.landscape import Domain, Landscape


def make_landscape(
    text: str, domain: Domain = (-5.0, 5.0, -5.0, 5.0), constants: Mapping[str, float] = NO_CONSTANTS
) -> Landscape:
    """The surface of a formula over a rectangle; where it is no finite number there are holes.

    Args:
        text: the formula.
        domain: ``(x_min, x_max, y_min, y_max)``.
        constants: what names in it stand for.

    Raises:
        InputError: it cannot be read, is too long, or is nowhere a finite number.
    """
    x_min, x_max, y_min, y_max = domain
    if not (x_min < x_max and y_min < y_max and np.isfinite([x_max - x_min, y_max - y_min]).all()):
        raise InputError(f"the domain {domain} is empty: x_min < x_max and y_min < y_max must hold")
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    given = ", ".join(f"{name} = {number:g}" for name, number in constants.items())
    formula = compile_formula(text, constants)
    gaps = find_gaps(formula, domain)
    missing = float(gaps[1:-1, 1:-1].mean())
    if missing == 1:
        raise InputError(
            f"formula {shown!r} is a finite number nowhere on the domain {domain}: move the domain"
        )
    return Landscape(
        name=shown,
        title=shown,
        about="a formula"
        + (f" with {given}" if given else "")
        + (f"; without a value on {missing:.0%} of the domain" if missing else ""),
        source="typed in",
        domain=domain,
        field=PartialFormula(formula, domain, join_corners(gaps)) if gaps.any() else formula,
    )
