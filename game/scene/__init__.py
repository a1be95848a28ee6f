"""What is to be seen, as plain arrays: knows numpy and pyrr, no window and no OpenGL."""
