"""Writes assets/data/iris.csv and assets/data/digits.npz.

Run from the root of the repository: ``python -m tests.make.datasets``. Needs scikit-learn, which carries copies of
the published sets.
"""

import numpy as np

import assets


def write_iris() -> None:
    """Copy Fisher's irises: four lengths in centimetres, then the species by name, one row per flower."""
    from sklearn.datasets import load_iris

    published = load_iris()
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in published.feature_names]
    rows = (
        [*map(repr, row), str(published.target_names[target])]
        for row, target in zip(published.data.tolist(), published.target, strict=True)
    )
    text = "".join(",".join(row) + "\n" for row in ([*names, "species"], *rows))
    assets.path("data", "iris.csv").write_text(text, encoding="utf-8", newline="\n")


def write_digits() -> None:
    """Copy the digits: 64 pixels of 0 to 16, row by row, and which digit it is, in one byte each."""
    from sklearn.datasets import load_digits

    published = load_digits()
    np.savez_compressed(
        assets.path("data", "digits.npz"),
        allow_pickle=False,
        pixels=published.data.astype(np.uint8),
        digits=published.target.astype(np.uint8),
    )


if __name__ == "__main__":
    write_iris()
    write_digits()
