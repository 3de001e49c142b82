"""Pictures of the pages in few colours: half the size, and no difference that an eye would see."""

import io

from portfolio_study.errors import needing

COLOURS = 256
#: Of 255: a difference that is seen, and the share of the picture's dots that may have it.
SEEN, SHARE = 24, 1e-4


def light_picture(png: bytes) -> bytes:
    """A picture in at most 256 colours, if it looks the same; else without loss.

    Lines, text and their soft edges have some thousand colours, most of which differ by a hair. What reads as
    another shade (a map of many colours) keeps all of them.

    Parameters
    ----------
    png : bytes
        A PNG file.

    Returns
    -------
    bytes
        The smallest PNG file found; `png` itself if it is see-through or no smaller one was found.
    """
    import numpy as np

    with needing("book"):
        from PIL import Image

    picture = Image.open(io.BytesIO(png))
    if picture.mode == "P" or picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return png
    whole = picture.convert("RGB")
    few = whole.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    apart = np.abs(np.asarray(whole, dtype=int) - np.asarray(few.convert("RGB"), dtype=int)).max(axis=2)
    kept = few if (apart > SEEN).mean() <= SHARE else whole
    stream = io.BytesIO()
    kept.save(stream, "PNG", optimize=True)
    return min(stream.getvalue(), png, key=len)
