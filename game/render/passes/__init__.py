"""The passes of a frame, one file each. A pass draws one kind of thing and knows no other pass."""
