"""What programs send and what they are answered, as schemas of the description."""

from collections.abc import Mapping
from typing import Any, Final

from flask_smorest.fields import Upload
from marshmallow import RAISE, Schema, fields, validate

from portal.intake.states import PublicStage
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.problems import Fault
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS, LONGEST_CELL
from portal.rights_holders.rules.works import LONGEST_TITLE, WorkKind
from portal.rights_holders.states import ComplaintState
from portal.web.text import clean, clean_line

MOST_ROWS: Final = 1_000
MOST_LINES: Final = 100
MOST_FILES: Final = 10
_TYPED: Final = [one for one in ComplaintField if one is not ComplaintField.NUMBER]


class Line(fields.String):
    """A text of one line, as a form would keep it; its limits hold for what was sent as well."""

    tidy = staticmethod(clean_line)

    def _deserialize(self, *given: Any, **more: Any) -> str:  # noqa: ANN401  # as marshmallow has it
        typed = str(super()._deserialize(*given, **more))
        self._validate(typed)
        return self.tidy(typed)


class Lines(Line):
    """A text of several lines."""

    tidy = staticmethod(clean)


class Declared(fields.Boolean):
    """Nothing but `true`: what the place has declared is declared by it."""

    def _deserialize(self, value: Any, *_given: Any, **_more: Any) -> bool:  # noqa: ANN401  # as above
        if value is not True:
            raise self.make_error("invalid", input="")
        return True


class Strict(Schema):
    class Meta:
        unknown = RAISE


class OnceHeaders(Schema):
    """Requests that make something carry a key: sent again, they make nothing again."""

    key = fields.String(
        required=True,
        data_key="Idempotency-Key",
        validate=validate.Regexp(r"^[!-~]{1,100}$"),
        metadata={"description": "Your own, new for each request; known for two days."},
    )


class ListAsked(Strict):
    after = fields.String(
        validate=validate.Length(max=200), metadata={"description": "`next` of the page before"}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_LINES))


class ComplaintsAsked(ListAsked):
    state = fields.String(validate=validate.OneOf(list(ComplaintState)))
    work = fields.Integer(validate=validate.Range(1, 2**31 - 1))
    batch = fields.Integer(validate=validate.Range(1, 2**31 - 1))
    order = fields.String(load_default="newest", validate=validate.OneOf(["newest", "oldest"]))


class IdentifierShape(Strict):
    scheme = fields.String(required=True, validate=validate.OneOf(list(Scheme)))
    value = Line(required=True, validate=validate.Length(1, 60))


class NewWork(Strict):
    title = Line(required=True, validate=validate.Length(1, LONGEST_TITLE))
    kind = fields.String(required=True, validate=validate.OneOf(list(WorkKind)))
    author = Line(load_default="", validate=validate.Length(max=LONGEST_TITLE))
    identifiers = fields.List(
        fields.Nested(IdentifierShape), load_default=list, validate=validate.Length(max=5)
    )
    sellers = fields.List(
        Line(validate=validate.Length(1, LONGEST_TITLE)),
        load_default=list,
        validate=validate.Length(max=50),
    )


class WorkShape(Schema):
    number = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(WorkKind)))
    author = fields.String(required=True)
    identifiers = fields.List(fields.Nested(IdentifierShape), required=True)
    sellers = fields.List(fields.String(), required=True)
    proved = fields.Boolean(required=True, metadata={"description": "Whether a file proves it"})
    complaints = fields.Integer(required=True)


class ProofFile(Strict):
    file = Upload(required=True, metadata={"description": "A file that proves the right"})


class NewFile(Strict):
    file = Upload(required=True, metadata={"description": "A file for a complaint to come"})


class SentFileShape(Schema):
    """A file that was sent, with the number by which a complaint names it."""

    number = fields.Integer(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True)


class FileOfComplaint(Schema):
    name = fields.String(required=True)
    size = fields.Integer(required=True)
    received_at = fields.DateTime(required=True)


class FileShape(FileOfComplaint):
    """A file that waits for the complaint that names its number, for a day."""

    number = fields.Integer(required=True)


class FileList(Schema):
    items = fields.List(fields.Nested(FileOfComplaint), required=True)


def name_of(column: ComplaintField) -> str:
    """The name of a column in the description."""
    return column.value.replace("-", "_")


def _cell(column: ComplaintField) -> fields.String:
    kind = Lines if column is ComplaintField.FACTS else Line
    hint = {"description": " / ".join(COMPLAINT_COLUMNS[column][:2])}
    return kind(validate=validate.Length(max=LONGEST_CELL), metadata=hint)


_CELLS: Final[Mapping[str, fields.Field[Any]]] = {name_of(one): _cell(one) for one in _TYPED}


class Row(Strict.from_dict(dict(_CELLS), name="Cells")):  # type: ignore[misc]  # made at run time
    """A row of a batch; with the number of a complaint that waits it mends that one."""

    class Meta:
        unknown = RAISE

    number = fields.Integer(strict=True, validate=validate.Range(1, 2**31 - 1))


def _numbers_of_files(least: int = 0, **more: Any) -> "fields.List[Any]":  # noqa: ANN401  # its own
    return fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, 2**31 - 1)),
        validate=validate.Length(least, MOST_FILES),
        metadata={"description": "Numbers of files that were sent ahead (`/files`)"},
        **more,
    )


class AddedFiles(Strict):
    """Files for a complaint that waits for what is missing."""

    files = _numbers_of_files(1, required=True)


class NewComplaint(Strict.from_dict(dict(_CELLS), name="OneComplaint")):  # type: ignore[misc]
    """One complaint; what is incomplete waits for what is missing."""

    class Meta:
        unknown = RAISE

    declared = Declared(required=True, metadata={"enum": [True]})
    files = _numbers_of_files(load_default=list)


class NewBatch(Strict):
    rows = fields.List(fields.Nested(Row), required=True, validate=validate.Length(1, MOST_ROWS))


class Declaration(Strict):
    declared = Declared(required=True, metadata={"enum": [True]})


class ProblemOfRow(Schema):
    field = fields.String(required=True)
    fault = fields.String(required=True, validate=validate.OneOf(list(Fault)))
    words = fields.String(required=True)


TypedShape = Schema.from_dict(
    {name_of(one): fields.String(required=True) for one in _TYPED}, name="Typed"
)


class ComplaintShape(Schema):
    """A complaint, and as much of its report as a reporter is told."""

    number = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(ComplaintState)))
    typed = fields.Nested(TypedShape, required=True)
    work = fields.Integer(required=True, allow_none=True)
    problems = fields.List(fields.Nested(ProblemOfRow), required=True)
    made_at = fields.DateTime(required=True)
    complete_by = fields.Date(required=True, allow_none=True)
    row = fields.Integer(required=True, allow_none=True)
    repeats = fields.Integer(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    stage = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(list(PublicStage))
    )
    promised_on = fields.Date(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)


class HistoryLineShape(Schema):
    at = fields.DateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(ComplaintState)))
    stage = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(list(PublicStage))
    )


class HistoryShape(Schema):
    """Where a complaint has stood, from its beginning."""

    items = fields.List(fields.Nested(HistoryLineShape), required=True)


CountsShape = Schema.from_dict(
    {one.value: fields.Integer(required=True) for one in ComplaintState}, name="Counts"
)


class BatchShape(Schema):
    """A batch and how far its rows have come."""

    number = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    received_at = fields.DateTime(required=True)
    declared_at = fields.DateTime(required=True, allow_none=True)
    under_way = fields.Integer(required=True)
    counts = fields.Nested(CountsShape, required=True)


def _page_of(kind: type[Schema], name: str) -> type[Schema]:
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(kind), required=True),
            "next": fields.String(required=True, allow_none=True),
        },
        name=name,
    )


WorkPage = _page_of(WorkShape, "Works")
ComplaintPage = _page_of(ComplaintShape, "Complaints")
BatchPage = _page_of(BatchShape, "Batches")


class ErrorShape(Schema):
    where = fields.String(required=True, data_key="in")
    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemShape(Schema):
    """A refusal (RFC 9457); `code` stays what it is, the words may change."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(ErrorShape))
