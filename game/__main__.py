"""``python -m game`` is the same program as ``downslope``."""

from game.cli import main

if __name__ == "__main__":
    main()
