"""The images of the README: the overview of a first evening. They are made anew by

SYNCER_TEST_SCREENSHOTS=docs/images ./run test tests/browser/test_readme_images.py
"""

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.first_sync import NOW

from .browser import Scheme, open_page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1000, 900
MAX_BYTES = 120_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_image_of_the_readme_is_the_overview(
    browser: Browser, evening: str, screenshots: Path | None, scheme: Scheme
) -> None:
    name = f"overview-{scheme}.png"
    with open_page(browser, evening, WIDTH, scheme, now=NOW) as watched:
        page = watched.open("/")
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.wait_for_selector("canvas")
        made = page.screenshot(path=screenshots / name if screenshots else None)
    stored = (IMAGES / name).read_bytes()
    assert size_of(stored) == size_of(made) == (WIDTH, HEIGHT)
    assert len(stored) <= MAX_BYTES
    assert f"docs/images/{name}" in (IMAGES.parents[1] / "README.md").read_text("utf-8")


def size_of(image: bytes) -> tuple[int, int]:
    """Return width and height of a PNG, which stand in its first chunk."""
    width, height = struct.unpack(">II", image[16:24])
    return width, height
