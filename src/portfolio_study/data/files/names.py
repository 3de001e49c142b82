"""What the names of columns mean: fields of a price, tickers, dates, and what is no price at all."""

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


#: Spellings of each field, as `plain` writes them.
FIELDS: dict[str, str] = {
    spelling: field
    for field, spellings in {
        "open": "open openprice openingprice 1open",
        "high": "high highprice highest 2high",
        "low": "low lowprice lowest 3low",
        "close": "close closeprice closingprice closelast last lastprice price pxlast 4close",
        "adj_close": (
            "adjclose adjcloseprice adjustedclose adjustedcloseprice adjusted adjclosingprice "
            "closeadj closeadjusted adjprice adjustedprice priceadj 5adjustedclose"
        ),
        "volume": "volume vol volumeshares totalvolume sharevolume volumetraded 5volume 6volume",
    }.items()
    for spelling in spellings.split()
}
# As the table on Yahoo's page is copied, with the explanation of each name.
FIELDS["closeclosepriceadjustedforsplits"] = "close"
FIELDS["adjcloseadjustedclosepriceadjustedforsplitsanddividendandorcapitalgaindistributions"] = "adj_close"
#: Spellings that name a field beside a ticker (``AAA.Close``); "last" or "vol" are too often part of a name.
_BESIDE_TICKER = {
    s: f
    for s, f in FIELDS.items()
    if s not in {"last", "price", "vol", "lastprice", "highest", "lowest", "closelast"}
}
DATES = word_set(
    """
    date dates datetime timestamp tradedate tradingdate tradingday pricedate observationdate caldt
    datadate quotedate asofdate gmttime localtime utctime
    """
)
#: Names of dates that may be something else: used only where there is no other.
PERHAPS_DATES = word_set(
    """
    day ds unix time month yyyymm
    """
)
TICKERS = word_set(
    """
    ticker tickers symbol symbols tic tickersymbol actsymbol stocksymbol tickercode
    """
)
#: Names that often hold the ticker, and often something else.
PERHAPS_TICKERS = word_set(
    """
    name stock stocks company companyname stockname instrument ric isin cusip sedol permno permid code
    stockcode tscode security securityid asset assetid id underlying key variable
    """
)
#: Columns beside the fields of a price that change nothing; a note names them.
HARMLESS = word_set(
    """
    closeunadj unadjustedclose lastupdated preclose
    dividends dividend divcash dividendamount exdividend stocksplits splits split splitratio splitfactor
    splitcoefficient capitalgains openint openinterest oi exchange sector industry country companyname
    longname shortname description marketcap shares sharesoutstanding vwap turnover amount value trades
    numberoftrades tradecount transactions change changepercent pctchange pctchg chg previousclose
    prevclose adjopen adjhigh adjlow adjvolume unadjustedvolume return returns ret dailyreturn logreturn
    year month weekday dayofweek quarter week source isin figi cusip assettype type label
    7dividendamount 8splitcoefficient
    """
)
CURRENCIES = word_set(
    """
    currency ccy curr currencycode quotecurrency
    """
)
#: Names of rates and factors, which are no prices.
RATES = word_set(
    """
    rf rfr riskfree riskfreerate mktrf smb hml mom umd rmw cma rate yield tbill sofr libor
    """
)
RETURNS = word_set(
    """
    ret rets return returns dailyreturn dailyreturns logreturn logret pctchange pctreturn retx
    """
)
#: Names that programs give to a column without one, where it counts rows.
ROW_NUMBERS = word_set(
    """
    x index level0 rownames rowname row rowid rownumber no nr obs id 1 column1 unnamed
    """
)
_INVENTED = re.compile(
    r"^(Unnamed: \d+.*|V\d+|\.\.\.\d+|Column\d+|level_\d+|_c\d+|field_?\d+)$", re.IGNORECASE
)
_CURRENCY = re.compile(
    r"[(\[]\s*(USD|EUR|GBP|GBX|GBp|JPY|CHF|CAD|AUD|SEK|NOK|DKK|HKD|CNY|INR|BRL|ZAR|ZAc|PLN)\s*[)\]]"
)


def plain(name: str) -> str:
    """Return the letters and digits of a name, without case and accents: ``Adj. Close*`` is ``adjclose``."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def field_of(name: str) -> str | None:
    """Return the field that a column's name stands for, or None."""
    return FIELDS.get(plain(_CURRENCY.sub("", name)))


def currency_of(name: str) -> str | None:
    """Return the currency that a name states, as in ``Close (GBp)``."""
    found = _CURRENCY.search(name)
    return found[1] if found else None


def is_row_number_name(name: str) -> bool:
    """Whether R, pandas or a spreadsheet may have given this name to the numbers of the rows."""
    return not plain(name) or plain(name) in ROW_NUMBERS or is_invented(name)


def is_invented(name: str) -> bool:
    """Whether no person writes such a name: ``Unnamed: 3``, ``V2``, ``...1``."""
    return bool(_INVENTED.match(name.strip()))


def split_name(name: str) -> tuple[str, str] | None:
    """Split a column's name into ticker and field.

    Parameters
    ----------
    name : str
        Such as ``AAA.Close``, ``Close_AAA``, ``AAPL Adj Close`` or ``('Close', 'AAA')``.

    Returns
    -------
    (str, str) or None
        Ticker and field, taking the longest field that fits; None if there is no field in it.
    """
    pair = re.fullmatch(r"\(\s*'([^']*)'\s*,\s*'([^']*)'\s*\)", name.strip())
    if pair:
        for ticker, field in ((pair[2], pair[1]), (pair[1], pair[2])):
            if field_of(field):
                return ticker, str(field_of(field))
    best: tuple[int, str, str] | None = None
    for place, character in enumerate(name):
        if character not in " ._-:|/":
            continue
        left, right = name[:place].strip(), name[place + 1 :].strip()
        for ticker, text in ((left, right), (right, left)):
            field = _BESIDE_TICKER.get(plain(text))
            ticker = ticker.strip(" ._-:|/")
            if field and ticker and (best is None or len(plain(text)) > best[0]):
                best = len(plain(text)), ticker, field
    return None if best is None else (best[1], best[2])


def some(names: object, limit: int = 12) -> str:
    """Write names for a message, the first of them if there are many."""
    listed = [str(n) for n in names]  # type: ignore[attr-defined]
    return ", ".join(listed[:limit]) + (f" and {len(listed) - limit} more" if len(listed) > limit else "")


def quoted(names: object, limit: int = 12) -> str:
    """Write names of columns for a message, each in quotation marks."""
    return some([repr(str(n)) for n in names], limit)  # type: ignore[attr-defined]
