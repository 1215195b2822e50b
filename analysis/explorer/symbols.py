r"""Symbols of parameters as HTML: \mu_\nu, \langle r^2 \rangle, \sin^2\theta_W."""

from __future__ import annotations

import re
from html import escape, unescape

_LETTERS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "Delta": "Δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "Lambda": "Λ",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "langle": "⟨",
    "rangle": "⟩",
    "bar": "",
    "mathrm": "",
    "rm": "",
    "to": "→",
}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[_^{}]|\s+|.")


def symbol_html(tex: str) -> str:
    """Markup of a symbol in mathematical text; what is not known stands as it is."""
    tokens = [token for token in _TOKEN.findall(tex) if not token.isspace()]
    text, rest = _group(tokens)
    return text + "".join(map(escape, rest))


def symbol_text(tex: str) -> str:
    """The same as plain text, for labels that hold no markup."""
    return unescape(re.sub(r"<[^>]*>", "", symbol_html(tex)))


def _group(tokens: list[str]) -> tuple[str, list[str]]:
    """Markup up to the end of a group, and the tokens behind it."""
    out = ""
    while tokens:
        token, tokens = tokens[0], tokens[1:]
        if token == "}":
            break
        if token in ("_", "^"):
            inner, tokens = _one(tokens)
            tag = "sub" if token == "_" else "sup"
            out += f"<{tag}>{inner}</{tag}>"
        elif token == "{":
            inner, tokens = _group(tokens)
            out += inner
        else:
            out += _letter(token)
    return out, tokens


def _one(tokens: list[str]) -> tuple[str, list[str]]:
    """Markup of the next token or group."""
    if not tokens:
        return "", []
    if tokens[0] == "{":
        return _group(tokens[1:])
    return _letter(tokens[0]), tokens[1:]


def _letter(token: str) -> str:
    name = token.removeprefix("\\")
    if token.startswith("\\"):
        return _LETTERS.get(name, escape(name))
    return f"<i>{escape(token)}</i>" if token.isalpha() else escape(token)
