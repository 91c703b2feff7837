"""A file in a request: known again by its hash, and kept while its record is written."""

import hashlib
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import BinaryIO, cast
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_smorest import abort
from werkzeug.datastructures import FileStorage

from portal.evidence import rules
from portal.evidence.service import IncomingFile
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.kernel.actor import Actor


def demand_one_part(name: str = "file") -> None:
    """Refuse a request that says more than one file: none is left out in silence.

    What is too much is named, part by part.
    """
    parts = [*request.files.items(multi=True), *request.form.items(multi=True)]
    names = [part for part, _said in parts]
    too_much = {one for one in names if one != name or names.count(one) > 1}
    if too_much:
        told = _("One part named %(name)s is taken in a request, and nothing beside it.", name=name)
        messages = {"files": {one: [told] for one in sorted(too_much)}}
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, messages=messages)


def hash_of(file: FileStorage) -> bytes:
    """What a file says, for knowing the request again; it is left at its start."""
    stream = cast("BinaryIO", file.stream)
    said = hashlib.file_digest(stream, "sha256").digest()  # type: ignore[arg-type]  # it reads
    stream.seek(0)
    return said


def size_of(file: FileStorage) -> int:
    """Bytes of a file, which is left at its start."""
    return rules.size_of(cast("BinaryIO", file.stream))


def kept(file: FileStorage, actor: Actor) -> AbstractContextManager[tuple[UUID, ...]]:
    """Keep the file; it is erased if no record takes it."""
    stream = cast("BinaryIO", file.stream)
    uploads = (IncomingFile(stream, file.filename or ""),)
    return kept_for_one_record(uploads, network=network(), actor=actor)
