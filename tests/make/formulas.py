"""Draws the update rules of the optimizers: ``python tests/make/formulas.py`` writes ``assets/formulas.npz``.

Needs ziamath (``pip install ziamath``), which the game itself does not: it reads the pictures.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pygame
import ziamath  # type: ignore[import-not-found, unused-ignore]

EM_PX = 64
LINE_GAP = 0.55
"""Between the lines of a rule, in ems."""

ziamath.config.svg2 = False  # pygame draws no symbols that are used later

FORMULAS: dict[str, tuple[str, ...]] = {
    "sgd": (r"\theta_{t+1} = \theta_t - \eta\,\nabla L(\theta_t)",),
    "momentum": (
        r"v_{t+1} = \mu\,v_t + \nabla L(\theta_t)",
        r"\theta_{t+1} = \theta_t - \eta\,v_{t+1}",
    ),
    "nesterov": (
        r"v_{t+1} = \mu\,v_t + g_t",
        r"\theta_{t+1} = \theta_t - \eta\,(g_t + \mu\,v_{t+1})",
    ),
    "adagrad": (
        r"s_{t+1} = s_t + g_t^2",
        r"\theta_{t+1} = \theta_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \epsilon}",
    ),
    "rmsprop": (
        r"s_{t+1} = \alpha\,s_t + (1-\alpha)\,g_t^2",
        r"\theta_{t+1} = \theta_t - \eta\,\frac{g_t}{\sqrt{s_{t+1}} + \epsilon}",
    ),
    "adam": (
        r"m_t = \beta_1 m_{t-1} + (1-\beta_1)\,g_t \quad v_t = \beta_2 v_{t-1} + (1-\beta_2)\,g_t^2",
        r"\theta_{t+1} = \theta_t - \eta\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
    ),
    "lion": (
        r"c_t = \beta_1 m_{t-1} + (1-\beta_1)\,g_t \quad m_t = \beta_2 m_{t-1} + (1-\beta_2)\,g_t",
        r"\theta_{t+1} = \theta_t - \eta\,\mathrm{sign}(c_t)",
    ),
}
"""Lines of LaTeX by the optimizer's name, in the order of the game; conventions are PyTorch's."""


def draw_line(latex: str) -> npt.NDArray[np.uint8]:
    """The ink of a line, cropped."""
    svg = ziamath.Latex(latex, size=EM_PX, color="#ffffff").svg()
    surface = pygame.image.load(io.BytesIO(svg.encode()), "line.svg")
    ink = pygame.surfarray.array_alpha(surface).T
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def draw(lines: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """The ink of a rule: its lines, centred, one below the other."""
    drawn = [draw_line(line) for line in lines]
    gap, width = round(LINE_GAP * EM_PX), max(line.shape[1] for line in drawn)
    parts: list[npt.NDArray[np.uint8]] = []
    for line in drawn:
        before = (width - line.shape[1]) // 2
        parts += [np.zeros((gap, width), np.uint8)] if parts else []
        parts.append(np.pad(line, ((0, 0), (before, width - line.shape[1] - before))))
    return np.ascontiguousarray(np.concatenate(parts))


if __name__ == "__main__":
    pictures = {name: draw(lines) for name, lines in FORMULAS.items()}
    np.savez_compressed(
        Path(__file__).resolve().parents[2] / "assets" / "formulas.npz",
        **pictures,  # type: ignore[arg-type, unused-ignore]
    )
    for name, picture in pictures.items():
        print(name, picture.shape)
