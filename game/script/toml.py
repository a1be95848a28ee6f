"""Plain tables as TOML, which the standard library only reads."""

import json
from collections.abc import Mapping
from typing import Any


def write_toml(table: Mapping[str, Any]) -> str:
    """Texts, numbers, switches, lists of these, small tables, and tables and lists of tables at the end.

    Read again, every value is the same, floats bit for bit.
    """
    parts = [_pairs({key: value for key, value in table.items() if not _stands_alone(value)})]
    for key, value in table.items():
        if isinstance(value, Mapping):
            parts.append(f"[{key}]\n{_pairs(value)}")
        elif _stands_alone(value):
            parts += [f"[[{key}]]\n{_pairs(row)}" for row in value]
    return "\n".join(part for part in parts if part)


def _stands_alone(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(row, Mapping) for row in value)
    )


def _pairs(table: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for one character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}" if value else "{}"
    return repr(value)
