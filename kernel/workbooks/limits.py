"""What a file that somebody sends may ask of us. Imported by the reading process too, so it imports nothing."""

from __future__ import annotations

LIMIT_BYTES, LIMIT_ROWS = 20_971_520, 20_000
"""A file, and the rows of one import below its heading."""

HEADING_ROWS = 30
"""Among so many rows from the first one the headings are looked for: above them stand a title, a date, blank rows."""

UNPACKED_BYTES = 209_715_200
# XML of real lists packs 10 to 60 times; deflate can do 1,032.
PACKED_TIMES, PACKED_FREE_BYTES = 200, 4_194_304
PARTS = 2000
# Blank rows and columns between those that say something are read as well: the library lays the whole rectangle out.
LAST_ROW, COLUMNS = 25_000, 256
LINE_LETTERS = 1_000_000
TEXT_LETTERS = 40_000_000
"""All cells together, as they come back from the reading process."""
