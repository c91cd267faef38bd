"""The interpreter's garbage collector, out of the way while much is read.

Reading makes hundreds of thousands of values that hang in no circle. Looking for circles among them again and again
took a tenth of the work, and stopped everybody for up to a tenth of a second each time (docs/measurements.md).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Collect nothing until the end; then once, and leave what is alive out of later looks."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        if was_on:
            gc.enable()
