"""People who report while everything breaks, and who write down what they were promised."""

import asyncio
import hashlib
import io
import random
import re
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from PIL import Image

from bench.client import Answer, Citizen, FilePart, Origin, Rejected, hidden_fields
from bench.texts import make_text

FORM = "/report/one-page"
REFERENCE = re.compile(r"\bSL-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
CODE_BOX = re.compile(r'class="sl-code__code"[^>]*>\s*(.+?)\s*</p>')
AWAY = (Rejected, OSError, TimeoutError, asyncio.IncompleteReadError)
TRIES = 6


@dataclass(frozen=True, slots=True)
class Promise:
    """A receipt as it was shown, and what was sent for it."""

    reference: str
    code: str
    narrative: str
    file_hash: str


@dataclass(slots=True)
class Reporters:
    """So many people in a thread of their own, from entering the block to leaving it.

    A person whose answer is cut off sends the same page again, as a browser does: the same
    tokens, the same text. Only a receipt that was read to its end is a promise.
    """

    base: str
    people: int = 3
    promises: list[Promise] = field(default_factory=list)
    sent: int = 0
    cut_off: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    async def _all(self) -> None:
        await asyncio.gather(*(self._one(number) for number in range(self.people)))

    async def _one(self, number: int) -> None:
        rng = random.Random(number)
        origin = Origin(self.base, timeout=15)
        while not self._over.is_set():
            await self._report(Citizen(origin), rng)
            await asyncio.sleep(rng.uniform(0.1, 0.4))
        origin.close()

    async def _report(self, citizen: Citizen, rng: random.Random) -> None:
        text, part = make_text(rng), attachment(rng)
        page = await self._insist(lambda: citizen.get(FORM), 200)
        if page is None:
            return
        fields = hidden_fields(page.text) | filled_in(text)
        self.sent += 1
        files = [("files", part)]
        if await self._insist(lambda: citizen.post_files(FORM, fields, files), 303) is None:
            return
        receipt = await self._insist(lambda: citizen.get("/report/receipt"), 200)
        if receipt is not None:
            self.promises.append(read_receipt(receipt, text, part))

    async def _insist(self, ask, status: int) -> Answer | None:
        """The answer with this status, after as many tries as a patient person makes."""
        for attempt in range(TRIES):
            try:
                return (await ask()).demand(status)
            except AWAY:
                self.cut_off += 1
                await asyncio.sleep(0.3 * (attempt + 1))
        return None


def filled_in(text: str) -> dict[str, str]:
    """What a person without a name writes into the form."""
    return {"category": "piracy.print", "narrative": text, "contact_mode": "anonymous"}


def attachment(rng: random.Random) -> FilePart:
    """A small file that nobody else sends: a picture, or as often a sheet of figures."""
    if rng.random() < 0.3:
        file = io.BytesIO()
        Image.frombytes("RGB", (8, 8), rng.randbytes(192)).save(file, "PNG")
        return FilePart("照片.png", file.getvalue(), "image/png")
    rows = "\n".join(f"{rng.randrange(10**9)},{rng.randrange(10**9)}" for _ in range(40))
    return FilePart("账目.csv", f"编号,金额\n{rows}\n".encode(), "text/csv")


def read_receipt(page: Answer, text: str, part: FilePart) -> Promise:
    """The reference and the code on a receipt page."""
    reference, code = REFERENCE.search(page.text), CODE_BOX.search(page.text)
    assert reference is not None, page.text
    assert code is not None, page.text
    typed = code[1].replace("<wbr>", "")
    return Promise(reference[0], typed, text, hashlib.sha256(part.content).hexdigest())
