"""Every page of a case that can be reached from its own, one of each kind."""

import re

SAVED = re.compile(r"/files/|/(draft|pdf|bag|bundle)$")
OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|SL-\w{4}-\w{4}|(?<=/)\d+(?=/)|(?<=/new/)[\w-]+")


def walk(home, visit):
    """Visit the pages; yield the kind of each with what `visit` gave, an answer first."""
    waiting, known = [home], {home}
    while waiting:
        address = waiting.pop(0)
        seen = visit(address)
        yield OWN.sub("…", address), seen
        for found in re.findall(r'href="([^"#?]+)', seen[0].text):
            kind = OWN.sub("…", found)
            if found.startswith(f"{home}/") and not SAVED.search(found) and kind not in known:
                known.add(kind)
                waiting.append(found)
