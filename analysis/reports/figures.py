"""Figures inside a page: one SVG that takes the page's colours, light, dark or printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.plots.figures import one_panel
from analysis.plots.style import CYCLE, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAGE_COLOURS = {
    INK: "ink",
    "#ffffff": "paper",
    "#7f7f7f": "grey",
    **dict(zip(CYCLE, ("blue", "red", "green", "pink", "orange", "sky"), strict=True)),
}
"""Colours of the figures, by the name of the page's variable that takes their place."""

_LEFT_OUT = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
_SIZE = re.compile(r'\s(?:width|height)="[\d.]+pt"')
_COLOUR = re.compile("|".join(map(re.escape, PAGE_COLOURS)), re.IGNORECASE)
_OWN_NAME = re.compile(r'(\bid="|href="#|url\(#)')


@dataclass(frozen=True, slots=True)
class PageFigure:
    """A figure as inline SVG, with the words that stand for it and its caption."""

    name: str
    svg: str
    label: str
    caption: str


def page_figure(
    name: str, draw: Callable[[Axes], Axes], label: str, caption: str, height: float = 4.4
) -> PageFigure:
    """A figure of one panel, drawn by a plot function; its name is unique in the page."""
    return PageFigure(name, inline_svg(one_panel(draw, "svg", height), name), label, caption)


def inline_svg(svg: bytes, name: str) -> str:
    """An SVG of matplotlib as an element of a page.

    Names get a prefix, so that figures do not share them; colours become variables of the page;
    what is no part of the picture, and its fixed size, go.
    """
    text = _LEFT_OUT.sub("", svg.decode()).strip()
    text = _SIZE.sub("", text, count=2)
    text = _OWN_NAME.sub(rf"\g<1>{name}-", text)
    return _COLOUR.sub(lambda found: f"var(--{PAGE_COLOURS[found[0].lower()]})", text)
