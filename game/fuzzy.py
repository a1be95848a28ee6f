"""Finding a name by some of its letters."""

_FIRST, _NEXT, _WORD, _ANY = 4.0, 3.0, 2.0, 1.0
"""What a letter is worth at the start of a name, right after the one before, at the start of a word, and elsewhere."""
_LENGTH = 0.01
"""What each letter of a name costs, so that of two that fit as well the shorter comes first."""
_NOT = float("-inf")


def rank(query: str, name: str) -> float | None:
    """How well a name fits what was typed, the higher the better; ``None`` if its letters are not there in this order.

    Case does not matter. Nothing fits a query better than the name that is the query.
    """
    query, name = query.lower(), name.lower()
    # Of the letters so far, with the last of them at each place of the name; before the first, in front of it.
    best = [0.0] + [_NOT] * len(name)
    for letter in query:
        row, earlier = [_NOT], _NOT
        for place, found in enumerate(name):
            score = max(best[place] + _NEXT, earlier + _worth(name, place)) if place else best[0] + _FIRST
            row.append(score if found == letter else _NOT)
            earlier = max(earlier, best[place])
        best = row
    score = max(best)
    return None if score == _NOT else score - _LENGTH * len(name)


def _worth(name: str, place: int) -> float:
    return _ANY if name[place - 1].isalnum() else _WORD
