"""The process that makes one picture small: `python -m kernel.storage.thumbnail_child <most pixels of a side>`.

The picture comes in at standard input; the small one goes out, or nothing. Like the one that reads workbooks it holds no
secret, and may take so much memory and time and no more.
"""

from __future__ import annotations

import io
import sys
import warnings

from PIL import Image, ImageOps

from kernel.runtime.limited_child import hold_ourselves

MOST_PIXELS = 50_000_000
# A palette cannot be scaled smoothly; what is none of these becomes plain first.
_SCALED = ("L", "RGB", "RGBA", "CMYK")


def thumbnail(data: bytes, size: int) -> bytes:
    """Return a JPEG, or a WebP where the picture is transparent: upright, nowhere wider than `size`, and nothing else in it.

    Raises whatever the library raises of a picture that is damaged or has more than MOST_PIXELS.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as original:
        # A JPEG is unpacked no larger than is needed.
        original.draft("RGB", (size, size))
        small = original if original.mode in _SCALED else original.convert(_plain_mode(original))
        small.thumbnail((size, size))
        upright = ImageOps.exif_transpose(small)
    clean = upright.convert(_plain_mode(upright))
    # The place where it was taken, comments and what programs wrote stay behind.
    clean.info = {}
    out = io.BytesIO()
    if clean.mode == "RGBA":
        clean.save(out, "WEBP", quality=82)
    else:
        clean.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _plain_mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


def main() -> None:
    """Make the picture at standard input small. Where it cannot be read, the error ends the process, and nothing comes out."""
    hold_ourselves()
    sys.stdout.buffer.write(thumbnail(sys.stdin.buffer.read(), int(sys.argv[1])))


if __name__ == "__main__":
    main()
