"""Numbers and words as a page shows them."""

import math
import re
import unicodedata


def shown_number(value: float, like: str | None = None) -> str:
    """A number with two significant digits, or as many as the paper prints, and never an exponent that can be spared.

    Parameters
    ----------
    value : float
    like : str, optional
        The number that the paper prints.
    """
    digits = 2
    if like is not None:
        printed = re.sub(r"[eE].*$", "", re.sub(r"[^0-9.eE+-]", "", like)).lstrip("+-0.").replace(".", "")
        digits = max(2, len(printed))
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 6:
        return f"{value:,.{max(0, digits - 1 - size)}f}"
    return f"{value:.{digits - 1}e}"


def shown_interval(value: float, interval: tuple[float, float], like: str | None = None) -> str:
    """A number and its interval with one number of decimals: ``"0.95 [-0.51, 2.42]"``.

    The decimals are those of two significant digits of the number, and at most one more than the
    half-width of the interval needs; where the paper prints the number, at least the paper's. An end that
    is not zero is not printed as zero: on which side of it an interval ends may decide.

    Parameters
    ----------
    value : float
    interval : tuple of float
    like : str, optional
        The number that the paper prints.
    """
    low, high = interval
    if low == high:  # computed, without sampling error
        return shown_number(value)
    decimals = _decimals(value)
    if math.isfinite(high - low) and high > low:
        needed = _decimals((high - low) / 2) + 1
        decimals = needed - 1 if value == 0 else min(decimals, needed)
    if like is not None and re.fullmatch(r"\s*[-+]?\d+\.\d+.*", like) and "e" not in like.lower():
        decimals = max(decimals, len(re.sub(r"\D.*$", "", like.strip().lstrip("+-").split(".", 1)[1])))
    if decimals > 5:
        return f"{value:.1e} [{low:.1e}, {high:.1e}]"
    shown = [f"{round(v, decimals):,.{max(0, decimals)}f}" for v in (value, low, high)]
    ends = [
        f"{v:.1g}" if round(v, decimals) == 0 != v else text
        for v, text in zip(interval, shown[1:], strict=True)
    ]
    return f"{shown[0]} [{ends[0]}, {ends[1]}]"


def _decimals(value: float) -> int:
    """Decimals of two significant digits; negative where whole numbers are rounded."""
    if value == 0 or not math.isfinite(value):
        return 0
    return 1 - math.floor(math.log10(abs(value)))


def as_much(value: float, printed: float) -> str:
    """A value in terms of the printed one: ``"about half as much"``; empty where that says nothing."""
    if printed == 0 or value == 0:
        return ""
    ratio = value / printed
    if ratio < 0:
        return "of the other sign"
    if 0.95 <= ratio <= 1.05:
        return "nearly as much"
    if 0.45 <= ratio <= 0.55:
        return "about half as much"
    if 1.9 <= ratio <= 2.1:
        return "about twice as much"
    if ratio < 1:
        return f"about {shown_number(100 * ratio)} % of it"
    return f"about {shown_number(ratio)} times as much"


def counted(n: int, one: str, many: str = "") -> str:
    """A number of things: ``"1 stock"``, ``"1,200 stocks"``.

    Parameters
    ----------
    n : int
    one : str
        The word for one of them.
    many : str
        For none or several; default that word with an s.
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


FONTS = ("mathbf", "boldsymbol", "mathrm", "mathcal", "operatorname", "left", "right")
SIGNS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "neq": "≠", "approx": "≈", "times": "×", "cdot": "·", "in": "∈",
    "sum": "Σ", "infty": "∞", "wedge": "∧", "land": "∧", "sim": "~", "forall": "∀", "subset": "⊂", "cdots": "…",
    "dots": "…", "quad": " ", "qquad": " ",
}  # fmt: skip


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_text(text: str, emphasis: bool = False) -> str:
    r"""Text of a page without the marks of formulas, citations and emphasis, for a table in HTML: ``$\phi(x)$`` is φ(x)."""
    text = re.sub(r"\{[\w:]+\}`([^`]*)`", r"\1", text)
    text = re.sub(r"(\$\$?)(.*?)\1", lambda m: _plain_formula(m[2]), text, flags=re.DOTALL)
    if emphasis:  # stays as it is marked
        return text
    return re.sub(r"(?<![\w*])(\*\*?)(?=\S)([^*]+?)(?<=\S)\1(?![\w*])", r"\2", text)


def _plain_formula(formula: str) -> str:
    formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", formula)
    formula = re.sub(r"\\([a-zA-Z]+)( ?)", lambda m: _sign(m[1]) + m[2], formula)
    formula = re.sub(r"\0\s*(?:\{([^{}]*)\})?", lambda m: m[1] or "", formula).replace(" ^", "^")
    return re.sub(r"\^(?:\{(-?\d+)\}|(\d))", lambda m: (m[1] or m[2]).translate(RAISED), formula)


def _sign(command: str) -> str:
    """The letter or sign of a command of TeX, its name if it has none; a mark to be removed for a font."""
    if command in FONTS:
        return "\0"
    letter = command.removeprefix("var")
    case = "CAPITAL" if letter[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {letter.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return SIGNS.get(command, command)


def sentence(text: str) -> str:
    """A reason as a sentence, in plain text."""
    text = plain_text(text.strip())
    if not text:
        return ""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text[-1] in ".?!" else ".")
