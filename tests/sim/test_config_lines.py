"""The line of a key: whatever way TOML allows to write it."""

from __future__ import annotations

import pytest

from sim.syntax.lines import line_of_key

TEXT = '''# mass_kg = 1, a comment
name = "x"
text = """
mass_kg = 2
[detector]
"""
[detector] # mass_kg
material = "mass_kg"
mass_kg = 3.0
resolution = { model = "ccd",  noise_electrons = 2 }
window = [
    1.0,
    2.0,
]
a.b.c = 4

[[background]]
name = "one"
norm = 1

[[background]]
name = "two"
norm = 2
"quoted key" = 3

[[background.part]]
norm = 5
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("name", 2),
        ("detector", 7),
        ("detector.mass_kg", 9),
        ("detector.resolution", 10),
        ("detector.resolution.noise_electrons", 10),
        ("detector.window", 11),
        ("detector.window.1", 11),
        ("detector.window.7", 11),
        ("detector.a.b.c", 15),
        ("background", 17),
        ("background.0", 17),
        ("background.0.norm", 19),
        ("background.1", 21),
        ("background.1.name", 22),
        ("background.1.norm", 23),
        ("background.1.quoted key", 24),
        ("background.1.part.0.norm", 27),
        ("mass_kg", None),
        ("background.0.quoted key", None),
        ("background.2.norm", None),
        ("exposure", None),
    ],
)
def test_lines(path: str, line: int | None) -> None:
    assert line_of_key(TEXT, path.split(".")) == line


def test_nothing_and_too_much() -> None:
    assert line_of_key(TEXT, []) is None
    assert line_of_key("a = 1\n" + "#" * 300_000, ["a"]) is None
    assert line_of_key("not toml [", ["not"]) is None
