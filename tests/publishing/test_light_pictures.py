"""Pictures in few colours look the same, or keep all of them."""

import io

import numpy as np
from PIL import Image

from portfolio_study.publishing.light_pictures import SEEN, light_picture


def png(colours, mode="RGB"):
    stream = io.BytesIO()
    Image.fromarray(colours.astype("uint8"), mode).save(stream, "PNG")
    return stream.getvalue()


def read(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=int)


def test_lines_with_soft_edges_become_smaller_and_look_the_same():
    x, y = np.meshgrid(np.arange(400), np.arange(300))
    ink = np.clip(255 - 120 * np.exp(-((y - 150 - 100 * np.sin(x / 40)) ** 2)), 0, 255)
    drawn = np.stack([ink, 0.8 * ink + 51, np.full_like(ink, 255)], axis=2)
    given = png(drawn)
    made = light_picture(given)
    assert len(made) < len(given)
    assert np.abs(read(made) - read(given)).max() <= SEEN


def test_a_map_of_many_colours_keeps_them_all():
    rng = np.random.default_rng(0)
    given = png(rng.integers(0, 256, (60, 80, 3)))
    assert (read(light_picture(given)) == read(given)).all()


def test_a_picture_that_is_see_through_stays_as_it_is():
    given = png(np.full((4, 4, 4), 100), "RGBA")
    assert light_picture(given) == given
