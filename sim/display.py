"""How results show themselves: a number for people, and a table for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAME_STYLE = "text-align: left; font-weight: normal; padding-right: 1em"
VALUE_STYLE = "text-align: left"


def shown(value: float | None, digits: int = 4) -> str:
    """A number in a few digits; a dash for none."""
    return "-" if value is None else f"{value:.{digits}g}"


def html_table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A table of names and values under a title, every text escaped."""
    lines = [
        f'<tr><th style="{NAME_STYLE}">{escape(name)}</th>'
        f'<td style="{VALUE_STYLE}">{escape(str(value))}</td></tr>'
        for name, value in rows
    ]
    caption = f'<caption style="{VALUE_STYLE}"><b>{escape(title)}</b></caption>'
    return f"<table>{caption}<tbody>{''.join(lines)}</tbody></table>"


def html_fields(title: str, result: DataclassInstance) -> str:
    """The table of a result's fields: numbers in a few digits, of arrays the shape."""
    return html_table(title, [(f.name, _field(getattr(result, f.name))) for f in fields(result)])


def _field(value: Any) -> str:
    if value is None or isinstance(value, float):
        return shown(value)
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    return str(value)
