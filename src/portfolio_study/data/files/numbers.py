"""Numbers as files write them: decimal commas, marks of missing values, and what is no number."""

import re

import numpy as np
import pandas as pd

MISSING = {"", "na", "n/a", "n.a.", "#n/a", "#n/a n/a", "nan", "<na>", "null", "none", "-", "--", "."}
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF](?:inity)?"
_COMMA = r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?"
_MONEY = "$€£¥₹"


def is_typed(column: pd.Series) -> bool:
    """Whether a column holds numbers already, as Parquet stores them."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def read_numbers(column: pd.Series, comma: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Read a column.

    Parameters
    ----------
    column : Series
        Text, or numbers as they are.
    comma : bool
        Decimals are written behind a comma.

    Returns
    -------
    values : ndarray of float
        NaN where a value is missing or no number.
    wrong : ndarray of bool
        True where a cell is neither a number nor a mark of a missing value.
    """
    if is_typed(column):
        return column.to_numpy(dtype=float, na_value=np.nan), np.zeros(len(column), dtype=bool)
    text = column.astype("str").fillna("").str.strip()
    if comma:
        text = text.str.replace(",", ".", regex=False)
    missing = text.str.lower().isin(MISSING).to_numpy(dtype=bool)
    number = text.str.fullmatch(_NUMBER).to_numpy(dtype=bool) & ~missing
    values = np.full(len(text), np.nan)
    # Python's float rounds correctly; the fast parsers of tables are off in the last digit.
    values[number] = [float(cell) for cell in text[number].tolist()]
    return values, ~(missing | number)


def decimal_comma(columns: list[pd.Series]) -> tuple[bool, str]:
    """Tell whether columns of text write decimals behind a comma.

    Returns
    -------
    comma : bool
    wrong : str
        What makes that impossible to tell, or an empty text.
    """
    commas, points = [], []
    for column in columns:
        if is_typed(column):
            continue
        text = column.astype("str").fillna("").str.strip()
        commas += list(text[text.str.fullmatch(_COMMA).to_numpy(dtype=bool)])
        points += list(text[text.str.fullmatch(r"[+-]?\d*\.\d+").to_numpy(dtype=bool)][:1])
    if not commas:
        return False, ""
    if points:
        return False, (
            f"{commas[0]!r} has a comma and {points[0]!r} a point: write all decimals alike, and no "
            "separators of thousands"
        )
    if all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for cell in commas):
        return False, (
            f"{commas[0]!r} may be a decimal or a thousand: save the file without separators of thousands"
        )
    return True, ""


def describe(cell: str) -> str:
    """Say what a cell is that is no number."""
    text = cell.strip()
    if text.endswith("%"):
        return "a percentage (returns, not prices?)"
    if any(sign in text for sign in _MONEY):
        return "an amount with a currency sign: save it without"
    blank = " \u00a0\u202f'\u2019"  # plain, unbreakable and narrow blanks, straight and curly apostrophes
    grouped = (r"(,\d{3})+(\.\d*)?", rf"([{blank}]\d{{3}})+([.,]\d*)?", r"(\.\d{3}){2,}")
    if any(re.fullmatch(r"[+-]?\d{1,3}" + rest, text) for rest in grouped):
        return "written with separators of thousands: save it without"
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d+,\d+([eE][+-]?\d+)?", text):
        return "written with a decimal comma: save it with points, or separate the columns by semicolons"
    if re.fullmatch(r"[+-]?[\d.]+\s*[KMBTkmb]", text):
        return "shortened (K, M, B): save it in full"
    if re.fullmatch(r"\([\d.]+\)", text):
        return "a negative number in brackets"
    if re.fullmatch(r"(?i)true|false", text):
        return "a truth value"
    if text.startswith("#"):
        return "an error of a spreadsheet"
    return ""
