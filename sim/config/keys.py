"""The keys of the experiment file one by one, as ``nuem explain`` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.config.schema import Node, experiment_schema, unit_remark
from sim.syntax.units import unit_of

_TYPES = {
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "object": "table",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its dotted path, and what may be said of it.

    In a path the index of an array is left out, and ``*`` stands for a name of the user's.
    variant: the choice with which the key is there, such as ``model = "ccd"``.  is_section: the
    key holds further keys.  default is TOML, or "required", "none", or "defaults" for a section.
    """

    path: str
    variant: str
    meaning: str
    type: str
    unit: str
    units: tuple[str, ...]
    default: str
    allowed: str
    is_section: bool

    @property
    def section(self) -> str:
        """Path of the section that holds it; empty at the top."""
        return self.path.rpartition(".")[0]


def all_keys() -> list[Key]:
    """Every key of the experiment file, sections before what they hold."""
    schema = experiment_schema()
    found: dict[Key, list[str]] = {}
    for key in _keys(schema, schema, "", ""):
        found.setdefault(replace(key, variant=""), []).append(key.variant)
    variants_in: dict[str, set[str]] = {}
    for key, variants in found.items():
        variants_in.setdefault(key.section, set()).update(filter(None, variants))
    return [
        replace(key, variant=_joined(variants) if set(variants) != variants_in[key.section] else "")
        for key, variants in found.items()
    ]


def _joined(variants: Sequence[str]) -> str:
    """``model = "ccd" or "phonon"``."""
    names = [variant.partition(" = ")[0] for variant in variants]
    values = [variant.partition(" = ")[2] for variant in variants]
    return f"{names[0]} = {' or '.join(values)}" if names[0] else ""


def keys_named(name: str, keys: Sequence[Key]) -> list[Key]:
    """The keys that a path, or the end of a path, may mean; empty if there is none.

    Indices of arrays are ignored.  A path counts before the ends of others.
    """
    parts = [part for part in name.strip("[]").split(".") if not part.isdigit()]
    whole = [key for key in keys if _same(key.path.split("."), parts)]
    ends = [(key, key.path.split(".")[-len(parts) :]) for key in keys]
    return whole or [key for key, end in ends if end[0] != "*" and _same(end, parts)]


def keys_in(section: str, keys: Sequence[Key]) -> list[Key]:
    """The keys that a section holds itself."""
    return [key for key in keys if key.section == section]


def in_first_elements(path: str, keys: Sequence[Key]) -> str:
    """A path with the index 0 behind the name of each array of tables."""
    arrays = {key.path for key in keys if key.type == "array of tables"}
    parts: list[str] = []
    names: list[str] = []
    for part in path.split("."):
        names.append(part)
        parts += [part, "0"] if ".".join(names) in arrays else [part]
    return ".".join(parts)


def _same(path: Sequence[str], parts: Sequence[str]) -> bool:
    return len(path) == len(parts) and all(
        mine in ("*", given) for mine, given in zip(path, parts, strict=True)
    )


def _keys(schema: Node, section: Node, path: str, variant: str) -> Iterator[Key]:
    for name, entry in section["properties"].items():
        if variant and "const" in entry:  # what chooses the variant stands at the section
            continue
        here = f"{path}.{name}" if path else name
        below, children = _children(schema, entry)
        unit = unit_of(name)
        yield Key(
            path=here,
            variant=variant,
            meaning=entry.get("description", "").removesuffix(unit_remark(unit) if unit else ""),
            type=_type(entry, bool(children)),
            unit=unit.symbol if unit else "",
            units=tuple(unit.factors) if unit else (),
            default=_default(entry, name in _required(section), bool(children)),
            allowed="" if children else _allowed(entry),
            is_section=bool(children),
        )
        if len(children) > 1:
            yield _choice(here + below, children)
        for child in children:
            chosen = _variant(child) if len(children) > 1 else ""
            yield from _keys(schema, child, here + below, chosen)


def _required(section: Node) -> list[str]:
    """Keys without a default, also those that units or periods may state instead."""
    return [*section.get("required", []), *section.get("x-required", [])]


def _choice(path: str, kinds: Sequence[Node]) -> Key:
    """The key that chooses one of several kinds of a section."""
    name = "model" if "model" in kinds[0]["properties"] else "shape"
    entries = [kind["properties"][name] for kind in kinds]
    default = next((entry["default"] for entry in entries if "default" in entry), None)
    return Key(
        path=f"{path}.{name}",
        variant="",
        meaning=entries[0].get("description", ""),
        type="text",
        unit="",
        units=(),
        default="required" if default is None else _toml(default),
        allowed=", ".join(_toml(entry["const"]) for entry in entries),
        is_section=False,
    )


def _children(schema: Node, entry: Node) -> tuple[str, list[Node]]:
    """What comes between the path of a key and those below it, and the sections that it holds."""
    places = ((entry, ""), (entry.get("items"), ""), (entry.get("additionalProperties"), ".*"))
    for place, below in places:
        if isinstance(place, dict):
            kinds = place.get("oneOf", [place])
            if all("$ref" in kind for kind in kinds):
                names = [kind["$ref"].rpartition("/")[2] for kind in kinds]
                return below, [schema["$defs"][name] for name in names]
    return "", []


def _variant(section: Node) -> str:
    """``model = "ccd"``: the key whose value tells a kind of section from the others."""
    for name in ("model", "shape"):
        if "const" in section["properties"].get(name, {}):
            return f'{name} = "{section["properties"][name]["const"]}"'
    return ""


def _type(entry: Node, is_section: bool) -> str:
    if is_section:
        return "array of tables" if "items" in entry else "table"
    if "prefixItems" in entry:
        return f"array of {len(entry['prefixItems'])} numbers"
    kinds = [kind for kind in entry.get("anyOf", [entry]) if "pattern" not in kind or kind is entry]
    return " or ".join(dict.fromkeys(map(_type_name, kinds)))


def _type_name(kind: Node) -> str:
    """The type of a value; choices that do not state theirs have that of the first."""
    if kind.get("type") == "array":
        items = _type(kind["items"], False)
        return f"array of {items.replace('array', 'arrays', 1)}" + (
            "" if items.startswith("array") else "s"
        )
    if kind.get("format") == "date-time":
        return "date"
    if "$ref" in kind:
        return "table"
    if "type" in kind:
        return _TYPES[kind["type"]]
    choice = kind["enum"][0] if "enum" in kind else kind["const"]
    return "text" if isinstance(choice, str) else "whole number"


def _default(entry: Node, required: bool, is_section: bool) -> str:
    if required:
        return "required"
    default = entry.get("default")
    if default is None or default in ("", [], {}):
        return "none"
    if is_section:
        return "defaults"
    return _toml(default)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _allowed(entry: Node) -> str:
    """Choices and bounds, in words."""
    kinds = entry.get("anyOf") or entry.get("prefixItems") or [entry.get("items", entry)]
    texts = [text for kind in kinds for text in _allowed_in(kind)]
    return " or ".join(dict.fromkeys(texts))


def _allowed_in(kind: Node) -> Iterator[str]:
    if "anyOf" in kind:
        yield _allowed(kind)
    elif "enum" in kind or "const" in kind:
        yield ", ".join(map(_toml, kind.get("enum", [kind.get("const")])))
    else:
        bounds = (("exclusiveMinimum", ">"), ("minimum", ">="), ("exclusiveMaximum", "<"))
        signs = (*bounds, ("maximum", "<="))
        text = " and ".join(f"{sign} {kind[name]:g}" for name, sign in signs if name in kind)
        if text:
            yield text
