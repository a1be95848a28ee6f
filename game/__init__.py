"""The game: balls that are optimizers, a scene to see them in, and the program around it."""
