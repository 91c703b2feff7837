"""How uploads come in: `app.request_class` puts every file of a form into a spool of ours."""

from typing import IO, cast

from flask import Request

from portal.infra.spool import open_spool


class UploadRequest(Request):
    """A request whose files never lie in clear on a disk, and whose text outlives a full one."""

    @property  # type: ignore[misc]  # nobody sets it here
    def max_content_length(self) -> int | None:  # type: ignore[override]
        """Bytes of a whole request: what has no files may be no larger than its text.

        Werkzeug reads a body that is not multipart at once, and counts only the parts of a
        multipart one against `max_form_memory_size`.
        """
        if self.mimetype == "multipart/form-data":
            return super().max_content_length
        return self.max_form_memory_size

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del content_type, filename
        return cast("IO[bytes]", open_spool(content_length or total_content_length or 0))
