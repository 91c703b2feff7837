"""Where a page may send people back to: a path of this site and nothing else."""

import re

_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z")


def local_path(target: str | None, otherwise: str = "/") -> str:
    r"""`target` if it is a plain path of this site, else `otherwise`.

    Refused are `//evil`, `/\evil`, anything with a scheme, a backslash, a space or a control
    character: browsers drop tabs and newlines and read a backslash as a slash.
    """
    return target if target and _LOCAL_PATH.match(target) else otherwise
