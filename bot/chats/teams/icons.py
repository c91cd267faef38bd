"""The two pictures of the app package: a tower, drawn here. Pure."""

import struct
import zlib
from collections.abc import Callable

TOWER = (  # on a grid of sixteen
    "................",
    "................",
    "..###..##..###..",
    "..###..##..###..",
    "..############..",
    "..############..",
    "...##########...",
    "...##########...",
    "...##########...",
    "...####..####...",
    "...###....###...",
    "...###....###...",
    "...###....###...",
    ".##############.",
    ".##############.",
    "................",
)
GRID = len(TOWER)
COLOUR, LINE = (
    192,
    32,
)  # pixels; https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
SEA, WHITE, NOTHING = bytes((29, 53, 87, 255)), bytes((255, 255, 255, 255)), bytes(4)


def colour() -> bytes:
    """Draw the tower in white on our colour, as a PNG."""
    return _png(COLOUR, lambda x, y: WHITE if _is_tower(x, y, COLOUR) else SEA)


def outline() -> bytes:
    """Draw the tower's edge in white on nothing, as a PNG."""
    return _png(LINE, lambda x, y: WHITE if _is_edge(x, y) else NOTHING)


def _is_tower(x: int, y: int, size: int) -> bool:
    inside = 0 <= x < size and 0 <= y < size
    return inside and TOWER[y * GRID // size][x * GRID // size] == "#"


def _is_edge(x: int, y: int) -> bool:
    around = ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))
    return _is_tower(x, y, LINE) and not all(_is_tower(*near, LINE) for near in around)


def _png(size: int, pixel: Callable[[int, int], bytes]) -> bytes:
    """Spell a square picture, eight bits of red, green, blue and opacity a pixel; https://www.w3.org/TR/png."""
    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(size)) for y in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
