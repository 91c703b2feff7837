"""What the pages of addresses and notices to hosts say of each act."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords

ACTS: Mapping[str, ActWords] = {
    "add": ActWords(
        _l("Add an address"),
        _l("The address of a page or file on the net that has something of this case."),
        _l("Add it"),
    ),
    "draft": ActWords(
        _l("Draft a notice to the host"),
        _l("It goes out by mail once it is approved. It never says who reported the matter."),
        _l("Save the draft"),
    ),
    "approve": ActWords(
        _l("Approve the notice"),
        _l("It is sent at once, and the time to answer runs from today."),
        _l("Approve and send it"),
    ),
    "withdraw": ActWords(
        _l("Take the notice back"),
        _l("It stays in the file and is not sent."),
        _l("Take it back"),
    ),
    "send": ActWords(
        _l("Say that it went"),
        _l("Nobody knows whether the message went. Look into your mailbox, or ask the host."),
        _l("It went"),
    ),
    "send-again": ActWords(
        _l("Send the notice again"),
        _l("Only if the message certainly did not arrive."),
        _l("Send it again"),
    ),
    "answer": ActWords(
        _l("Write down the answer"),
        _l("What the host says it has done. Whether the address still serves it is looked at."),
        _l("Save the answer"),
    ),
}
