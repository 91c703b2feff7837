"""A bundle: one ZIP with the sheet, the chosen files, their list with hashes, and how to check it.

The same content makes the same bytes: no time and no name of a machine or of a person is in it.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.kernel.errors import RuleBroken
from portal.transfers.rules import MOST_BYTES

LIST, SUMS, ADVICE = "manifest.json", "SHA256SUMS", "VERIFY.txt"
# A ZIP must give its members a time; this is the earliest it can.
NO_TIME = (1980, 1, 1, 0, 0, 0)

VERIFY = """\
How to check this bundle
  1. Unpack it into an empty folder.
  2. There, run:  sha256sum -c SHA256SUMS
     (macOS: shasum -a 256 -c SHA256SUMS; Windows: certutil -hashfile FILE SHA256, file by file)
  3. Every line must say OK, and no other file may be there but SHA256SUMS and VERIFY.txt.
  manifest.json lists the same files with their sizes and what they are.

如何核验本材料包
  1. 解压到一个空文件夹。
  2. 在该文件夹中运行：sha256sum -c SHA256SUMS
     （macOS：shasum -a 256 -c SHA256SUMS；Windows：逐个运行 certutil -hashfile 文件名 SHA256）
  3. 每一行都应显示 OK，并且除 SHA256SUMS 和 VERIFY.txt 外不应有其他文件。
  manifest.json 列出同样的文件、大小和性质。
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle: its name there, what it is (`sheet`, `copy`, `original`), its bytes."""

    name: str
    what: str
    body: bytes = field(repr=False)


def pack(number: str, members: tuple[Member, ...]) -> io.BytesIO:
    """The bundle with this number, as it is handed out."""
    listed = [
        {
            "name": one.name,
            "what": one.what,
            "size": len(one.body),
            "sha256": hashlib.sha256(one.body).hexdigest(),
        }
        for one in members
    ]
    manifest = json.dumps({"bundle": number, "files": listed}, indent=2).encode() + b"\n"
    sums = [(one["sha256"], one["name"]) for one in listed]
    sums.append((hashlib.sha256(manifest).hexdigest(), LIST))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for one in members:
            _write(packed, one.name, one.body)
        _write(packed, LIST, manifest)
        _write(packed, SUMS, "".join(f"{digest}  {name}\n" for digest, name in sums).encode())
        _write(packed, ADVICE, VERIFY.encode())
    made.seek(0)
    return made


def read_within(chunks: Iterator[bytes], room: int = MOST_BYTES) -> bytes:
    """All of a file that has to fit into the room left; RuleBroken for a longer one."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > room:
            raise RuleBroken("bundle-too-large")
    return bytes(body)


def _write(packed: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, body, zipfile.ZIP_DEFLATED)
