r"""Formulas within a line of text as MathML, which browsers draw themselves.

MathJax is two megabytes of script, several times as much work for a browser as all else of a page. A line with
:math:`\phi(\varepsilon)` in the first view should not wait for it. What is written here is the part of TeX that
stands within lines: letters, numbers, relations, brackets, indices. Fractions, roots, accents and all displayed
formulas stay MathJax's.
"""

import html
import re
from collections.abc import Iterable

#: A formula within a line, as Sphinx writes it.
INLINE = re.compile(r'<span class="math notranslate nohighlight">\s*\\\((?P<tex>.*?)\\\)</span>', re.DOTALL)
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\.[0-9]+|\s+|.", re.DOTALL)

SMALL = (
    "alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi psi omega"
)
LETTERS = (
    dict(zip(SMALL.split(), "αβγδζηθικλμνξπρστυχψω", strict=True))
    | {"varepsilon": "ε", "epsilon": "ϵ", "phi": "ϕ", "varphi": "φ", "ell": "ℓ", "infty": "∞", "dots": "…"}
    | {"ldots": "…", "cdots": "⋯"}
)
UPRIGHT = dict(
    zip(
        ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"],
        "ΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
) | {name: name for name in ("max", "min", "log", "exp", "ln")}
RELATIONS = {
    "=": "=", "<": "<", ">": ">", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "in": "∈",
    "to": "→", "approx": "≈", "sim": "∼", "ll": "≪", "gg": "≫", "mapsto": "↦", "subset": "⊂", "mid": "∣", "propto": "∝",
    "equiv": "≡",
}  # fmt: skip
OPERATORS = {"+": "+", "-": "−", "cdot": "⋅", "times": "×", "pm": "±", "mp": "∓", "*": "∗"}
CLOSE = {"/": "/", "!": "!", ".": ".", ":": ":", "|": "|", "%": "%", "Vert": "‖"}  # without space around
AFTER = {",": ",", ";": ";"}
OPENING, CLOSING = {"(": "(", "[": "[", "{": "{"}, {")": ")", "]": "]", "}": "}"}
SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.28em", "quad": "1em", "qquad": "2em"}
THIN = '<mspace width="0.17em"/>'
PRIME = '<mo form="postfix" lspace="0" rspace="0">′</mo>'
MOST = 40  # signs: what is longer may be wider than a phone, and only what MathJax sets can be scrolled
TEXTS = ("text", "mathrm", "operatorname")


class _BeyondLines(Exception):
    """A formula holds what is not written here."""


def plain_formulas(page: str) -> str:
    """A page whose simple formulas within lines are MathML; all others stay as they are.

    Parameters
    ----------
    page : str
        HTML.
    """
    return INLINE.sub(lambda found: mathml(html.unescape(found["tex"])) or found[0], page)


def mathml(tex: str) -> str | None:
    r"""A formula as MathML, or None if it holds more than letters, numbers, relations, brackets and indices.

    Parameters
    ----------
    tex : str
        Such as ``\phi(\varepsilon_i)\ge 1``.
    """
    tokens = TOKEN.findall(tex)
    if sum(token.strip() not in ("", "{", "}", "_", "^") for token in tokens) > MOST:
        return None
    reader = _Reader(tokens)
    try:
        made = reader.row(until=None)
    except _BeyondLines:
        return None
    return f'<math class="formula" alttext="{html.escape(" ".join(tex.split()), quote=True)}">{made}</math>'


def _mo(sign: str, form: str = "infix", space: str = "") -> str:
    around = f' lspace="{space}" rspace="{space}"' if space else ""
    return f'<mo form="{form}" stretchy="false"{around}>{html.escape(sign)}</mo>'


class _Reader:
    """Reads the tokens of one formula from left to right."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = list(tokens)
        self.at = 0

    def next(self) -> str | None:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> str:
        token = self.next()
        if token is None:
            raise _BeyondLines
        self.at += 1
        return token

    def row(self, until: str | None) -> str:
        """Everything up to a closing brace, or to the end; a sign after nothing or a sign belongs to what follows."""
        parts: list[str] = []
        alone = True
        while (token := self.next()) != until:
            if token is None or token == "}":
                raise _BeyondLines
            if parts and not alone and len(UPRIGHT.get(token.removeprefix("\\"), "")) > 1:
                parts.append(THIN)  # as in 2 log L
            part, alone = self.atom(self.take(), alone)
            parts.append(self.scripted(part))
        if until is not None:
            self.take()
        if not parts:
            raise _BeyondLines
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def atom(self, token: str, alone: bool) -> tuple[str, bool]:
        """One part, and whether a sign behind it would stand alone, as in ``(-1, -2)``."""
        name = token.removeprefix("\\")
        command = token.startswith("\\")
        if not command and re.fullmatch(r"[0-9.]*[0-9]", token):
            return f"<mn>{token}</mn>", False
        if not command and re.fullmatch("[A-Za-z]", token):
            return f"<mi>{token}</mi>", False
        if command and name in LETTERS:
            return f"<mi>{LETTERS[name]}</mi>", False
        if command and name in UPRIGHT:
            return self.upright(UPRIGHT[name]), False
        if command and name in TEXTS:
            return self.words(), False
        if command and name == "sum":
            return _mo("∑", "prefix"), True
        if command and name in SPACES:
            return f'<mspace width="{SPACES[name]}"/>', alone
        if command and name in ("left", "right"):  # what they would enlarge is not written here
            return self.atom(self.take(), alone)
        if token == "{":
            return self.row("}"), False
        if command == name.isalpha() or name in "{}|%":
            return self.sign("Vert" if token == "\\|" else name, alone)
        raise _BeyondLines

    def sign(self, name: str, alone: bool) -> tuple[str, bool]:
        if name in RELATIONS:
            return _mo(RELATIONS[name]), True
        if name in OPERATORS:
            return _mo(OPERATORS[name], "prefix" if alone else "infix"), True
        if name in OPENING:
            return _mo(OPENING[name], "prefix"), True
        if name in CLOSING:
            return _mo(CLOSING[name], "postfix"), False
        if name in AFTER:
            return f'<mo form="infix" lspace="0" rspace="0.17em">{name}</mo>', True
        if name in CLOSE:
            return _mo(CLOSE[name], space="0"), name == "|" and alone  # the bar that opens, or that closes
        raise _BeyondLines

    def upright(self, letters: str) -> str:
        follows = self.next()
        if follows == "_" and letters in ("max", "min"):
            raise _BeyondLines  # what stands below it needs room that a line does not have
        apart = len(letters) > 1 and follows is not None and re.fullmatch(r"\w+|\\[a-z]+", follows)
        return f'<mi class="upright">{letters}</mi>' + (THIN if apart else "")

    def words(self) -> str:
        """Upright words in braces."""
        if self.take() != "{":
            raise _BeyondLines
        found = ""
        while self.at < len(self.tokens) and (token := self.tokens[self.at]) != "}":
            if not re.fullmatch(r"[A-Za-z0-9 ,.'\-]+", token):
                raise _BeyondLines
            found += token
            self.at += 1
        self.take()
        return f"<mtext>{html.escape(found, quote=False)}</mtext>"

    def scripted(self, base: str) -> str:
        """A part with its index and power. The sign of a prime is raised by itself, and stands behind both."""
        scripts: dict[str, str] = {}
        while (mark := self.next()) in ("_", "^", "'"):
            self.take()
            place = "^" if mark == "'" else mark
            if place in scripts:
                raise _BeyondLines
            scripts[place] = PRIME if mark == "'" else self.script()
        prime = PRIME if scripts.get("^") == PRIME else ""
        if prime:
            del scripts["^"]
        if scripts:
            name = {"_": "msub", "^": "msup", "_^": "msubsup"}["".join(sorted(scripts, reverse=True))]
            base = f"<{name}>{base}{''.join(scripts[mark] for mark in '_^' if mark in scripts)}</{name}>"
        return f"<mrow>{base}{prime}</mrow>" if prime else base

    def script(self) -> str:
        token = self.take()
        if token == "{":
            return self.row("}")
        if len(token) > 1 and not token.startswith("\\"):  # of x^12, TeX raises the 1 only
            raise _BeyondLines
        return self.atom(token, alone=True)[0]
