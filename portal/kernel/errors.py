"""The deliberate refusals: everything a service may say no with."""


class PortalError(Exception):
    """A refusal with a stable `code`; `params` hold ids and names of fields, nothing personal.

    The sentence a person reads belongs to the page: `portal.web.errors` finds it by the code.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class NotFound(PortalError):
    """There is no such record, or none that this actor may see: the answer is the same."""


class Disposed(NotFound):
    """There was such a record, and it was disposed of; for whoever might have seen it (U43).

    `record` is its id. Whoever asks whether there is one now gets the answer of NotFound.
    """


class NotPermitted(PortalError):
    """The actor's roles do not include this act."""


class RuleBroken(PortalError):
    """A rule of the trade forbids it, for example closing without an answer."""


class MoveRefused(PortalError):
    """The record is not in a state from which this action leads anywhere."""


class Unavailable(PortalError):
    """Something the act needs (room on the disk, the scanner) is not there now; try later."""


class TooManyAttempts(PortalError):
    """The bucket is on hold; `seconds` says for how long. See `portal.infra.throttle`."""
