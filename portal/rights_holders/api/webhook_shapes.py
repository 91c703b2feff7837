"""What programs send and are answered about the addresses that are called."""

from marshmallow import Schema, fields, validate

from portal.infra.fetching.guard import NoVisit
from portal.rights_holders.api.shapes import Line, Strict
from portal.rights_holders.rules.webhooks import LONGEST_URL, WebhookEnd, WebhookEvent


class NewWebhook(Strict):
    url = Line(
        required=True,
        validate=validate.Length(1, LONGEST_URL),
        metadata={"description": "Begins with https:// and is reached from everywhere"},
    )
    events = fields.List(
        fields.String(validate=validate.OneOf(list(WebhookEvent))),
        required=True,
        validate=validate.Length(1, len(WebhookEvent)),
    )


class WebhookShape(Schema):
    """An address that is called; never its secret."""

    number = fields.Integer(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(validate=validate.OneOf(list(WebhookEvent))), required=True)
    made_at = fields.DateTime(required=True)
    failing_since = fields.DateTime(required=True, allow_none=True)
    disabled_at = fields.DateTime(required=True, allow_none=True)
    disabled_for = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(list(WebhookEnd))
    )
    ended_at = fields.DateTime(required=True, allow_none=True)


class MadeWebhook(WebhookShape):
    """The same when it is made: with the secret, if this is the first answer."""

    secret = fields.String(required=True, allow_none=True)


class WebhookList(Schema):
    items = fields.List(fields.Nested(WebhookShape), required=True)


class SecretShape(Schema):
    """Another secret, if this is the first answer."""

    secret = fields.String(required=True, allow_none=True)


class AttemptShape(Schema):
    """One attempt: `failure` says why nothing was answered, `answer` how the answer begins."""

    at = fields.DateTime(required=True)
    milliseconds = fields.Integer(required=True)
    status = fields.Integer(required=True, allow_none=True)
    failure = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(NoVisit)))
    answer = fields.String(required=True)


class MessageShape(Schema):
    """A message: `id` is the `webhook-id` of every attempt."""

    number = fields.Integer(required=True)
    id = fields.String(required=True)
    event = fields.String(required=True, validate=validate.OneOf(list(WebhookEvent)))
    payload = fields.Dict(required=True)
    made_at = fields.DateTime(required=True)
    next_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    given_up_at = fields.DateTime(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptShape), required=True)


class MessagePage(Schema):
    items = fields.List(fields.Nested(MessageShape), required=True)
    next = fields.String(required=True, allow_none=True)
