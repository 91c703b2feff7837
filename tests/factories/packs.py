"""The shipped packs, each read once in a process: a place never changes."""

from functools import cache

from portal.jurisdiction.pack import pack_folder, read_pack
from portal.jurisdiction.place import Place


@cache
def shipped(name: str) -> Place:
    """The place of a pack by its name."""
    return read_pack(pack_folder(name))
