"""The controls: a window at the right edge whose widgets send command lines and change nothing themselves."""
