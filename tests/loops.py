"""Running coroutines where a browser of an earlier test may have left a loop running."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 200.0  # seconds: less than any test may take that runs one


def in_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end in a loop and a thread of its own; TimeoutError when it has none.

    The alarm of pytest-timeout ends a test's own thread only, and would wait for this one for ever.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(work, PATIENCE)).result()
