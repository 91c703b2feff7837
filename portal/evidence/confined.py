"""The child process that decodes hostile files: `python -m portal.evidence.confined KIND EMPTY`.

Standard input is the file, standard output the answer (a line of JSON, then the bytes). Before
the first byte is read the process gives up what it can: memory, time, output, new files and
sockets; where the system allows also the network, the file system and the user.
"""

import json
import sys

from portal.evidence import decoding
from portal.evidence.kinds import FileKind
from portal.evidence.renditions import Impossible
from portal.evidence.states import NoRendition
from portal.infra.confining import confine


def answer(kind: FileKind, content: bytes) -> bytes:
    """One line of JSON, then the bytes it announces: the rendition and the preview."""
    try:
        made = decoding.make(kind, content)
    except Impossible as impossible:
        return json.dumps({"impossible": impossible.reason}).encode() + b"\n"
    except MemoryError:
        return json.dumps({"impossible": NoRendition.TOO_LARGE}).encode() + b"\n"
    header = {
        "kind": made.kind,
        "content": len(made.content),
        "preview": len(made.preview),
        "looks": made.looks.hex(),
    }
    return json.dumps(header).encode() + b"\n" + made.content + made.preview


def main() -> int:
    """Warm up, confine, read, answer."""
    kind, empty_folder = FileKind(sys.argv[1]), sys.argv[2]
    decoding.warm_up()
    confine(empty_folder)
    sys.stdout.buffer.write(answer(kind, sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
