"""Settings from the environment, validated once; `.env` is read by the launcher, not here."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ROOT = Path(__file__).resolve().parents[2]
# What this machine calls itself: what is sent there goes over no wire.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MEBIBYTE = 1024 * 1024
MEGABYTE = 1000 * 1000  # what people are told is what is meant
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")
SENDER = re.compile(r"[^\s@<>,;]+@[A-Za-z0-9.-]+")


class SettingsWrong(ValueError):
    """Settings that cannot be used; each argument is a sentence about one, by its name."""

    def __str__(self) -> str:
        return " ".join(self.args)


class Settings(BaseSettings):
    """What an installation may choose; every name is `SUNLINE_` + the field in capitals.

    An empty value counts as none.
    """

    model_config = SettingsConfigDict(
        env_prefix="SUNLINE_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    env: Literal["demo", "production", "test"] = "demo"
    var: Path = ROOT / "var"
    port: int = Field(8000, ge=1, le=65535)
    host: str = "127.0.0.1"
    pack: str = "cn_culture_market"

    # These two keep the names every host and platform knows them by.
    database_url: str = Field("", validation_alias="DATABASE_URL")
    redis_url: str = Field("", validation_alias="REDIS_URL")

    # The address people use; needed for links in mails, passkeys and HTTPS-only cookies.
    public_url: str = ""
    https: bool = False
    # Where "Exit this page" leads: something anybody might be reading.
    exit_url: str = "https://www.bing.com/"
    # A second host name for files, like https://files.example.org, which no session reaches.
    files_origin: str = ""
    trusted_proxies: int = Field(0, ge=0, le=5)

    max_files: int = Field(20, ge=0)
    max_file_bytes: int = Field(50 * MEGABYTE, ge=1)
    max_report_bytes: int = Field(200 * MEGABYTE, ge=1)
    max_narrative: int = Field(20_000, ge=1)
    # Below these two the form on one page would be refused as too large.
    max_form_bytes: int = Field(MEBIBYTE, ge=65_536)
    max_form_parts: int = Field(300, ge=100)
    min_free_bytes: int = Field(2 * 1024 * MEBIBYTE, ge=0)
    min_free_share: float = Field(0.10, ge=0, le=1)

    # Reports an hour from one network; 0 means no limit (the default away from production).
    submissions_per_hour: int | None = Field(None, ge=0)
    # Reports in ten minutes from everybody together; beyond it each shows a proof of work or waits.
    submissions_before_proof: int | None = Field(None, ge=0)
    # Files and megabytes an hour from one network of the public, in the same way.
    uploads_per_hour: int | None = Field(None, ge=0)
    upload_megabytes_per_hour: int | None = Field(None, ge=0)
    # What files may take up together that no report owns: those of forms being filled in.
    max_unowned_bytes: int = Field(4000 * MEGABYTE, ge=0)
    clamd_socket: str = ""
    # The server that notices to other bodies go through (portal.infra.mail), and who they are from.
    mail_url: str = Field("", repr=False)
    mail_from: str = ""
    narrative_search: bool = True
    # Where the ledger of erasures lies: in no backup of what it is about (portal.infra.erasures).
    erasures: Path | None = None
    queue_limit: int = Field(20, ge=1)
    # Seconds that a process may take to finish what it is doing when all of them stop.
    grace: float = Field(30, ge=0, allow_inf_nan=False)
    # Opens /metrics to whoever sends it as a bearer; without it only this machine may read them.
    metrics_token: str = Field("", repr=False)

    @field_validator("public_url", "exit_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not _names_a_site(url):
            raise ValueError("write a whole address like https://report.example.org")
        return url

    @field_validator("files_origin")
    @classmethod
    def _is_another_host(cls, origin: str, info: ValidationInfo) -> str:
        """A cookie goes to every port of a host, so that only another name keeps sessions away."""
        if origin and not (ORIGIN.fullmatch(origin) and _names_a_site(origin)):
            raise ValueError("write an address like https://files.example.org, nothing behind it")
        public = urlsplit(info.data.get("public_url", "")).hostname or info.data.get("host")
        if origin and urlsplit(origin).hostname == public:
            raise ValueError(
                "name another host than the one of SUNLINE_PUBLIC_URL, or leave it empty"
            )
        return origin

    @field_validator("clamd_socket")
    @classmethod
    def _is_a_socket(cls, socket: str) -> str:
        if socket and not _names_a_scanner(socket):
            raise ValueError("write the path of a socket, or host:port")
        return socket

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, sender: str) -> str:
        if sender and not SENDER.fullmatch(sender):
            raise ValueError("write an address like sunline@example.org, and nothing else")
        return sender

    @field_validator("erasures")
    @classmethod
    def _is_absolute(cls, folder: Path | None) -> Path | None:
        """A relative one would be another with each folder that a command is typed in."""
        if folder is not None and (not folder.is_absolute() or folder.is_file()):
            raise ValueError("write the whole path of a folder, beginning with /")
        return folder

    @field_validator("mail_url")
    @classmethod
    def _is_a_mail_server(cls, url: str) -> str:
        """A slip shows when the program starts, and not when the first message is due."""
        if url and not _names_a_mail_server(url):
            raise ValueError("write one like smtps://name:password@mail.example.org")
        return url

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> "Settings":
        if self.mail_url and not self.mail_from:
            raise ValueError(
                "SUNLINE_MAIL_FROM: it must name the sender that SUNLINE_MAIL_URL sends as"
            )
        return self

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def keys_dir(self) -> Path:
        return self.var / "keys"

    @property
    def evidence_dir(self) -> Path:
        return self.var / "evidence"

    @property
    def checkpoints_dir(self) -> Path:
        return self.var / "checkpoints"

    @property
    def erasures_dir(self) -> Path:
        return self.erasures or self.var / "erasures"

    @property
    def database(self) -> str:
        """The SQLAlchemy address: SQLite in the data folder unless `DATABASE_URL` is set."""
        if not self.database_url:
            return f"sqlite:///{self.var / 'sunline.db'}"
        for scheme in ("postgres://", "postgresql://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url

    @property
    def submission_limit(self) -> int:
        """Reports an hour from one network; 0 for no limit."""
        return self._limit(self.submissions_per_hour, 60)

    @property
    def site_limit(self) -> int:
        """Reports in ten minutes from everybody before a proof is asked for; 0 for never."""
        return self._limit(self.submissions_before_proof, 6000)

    @property
    def upload_limit(self) -> int:
        """Files an hour from one network of the public; 0 for no limit."""
        return self._limit(self.uploads_per_hour, 200)

    @property
    def upload_megabyte_limit(self) -> int:
        """Megabytes of files an hour from one network of the public; 0 for no limit."""
        return self._limit(self.upload_megabytes_per_hour, 600)

    def _limit(self, chosen: int | None, in_production: int) -> int:
        if chosen is None:
            return in_production if self.production else 0
        return chosen

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def _names_a_site(url: str) -> bool:
    """Whether a browser finds a server by it."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, say
        return False
    return whole and not re.search(r"\s", url)


def _names_a_scanner(socket: str) -> bool:
    """Whether it is a path, or a host and a port and nothing else."""
    if "/" in socket:
        return True
    try:
        parts = urlsplit(f"//{socket}")
        return bool(parts.hostname and parts.port) and not re.search(r"[\s?#@]", socket)
    except ValueError:
        return False


def _names_a_mail_server(url: str) -> bool:
    """Whether it has all it needs; what is wrong with it may be part of a password."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_settings() -> Settings:
    """The settings as the environment has them now; SettingsWrong names those that are wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # database_url and redis_url: by alias
    except ValidationError as problem:
        wrong = [_sentence(error) for error in problem.errors()]
    raise SettingsWrong(*wrong)  # not from the problem: that repeats the values


def _sentence(error: "ErrorDetails") -> str:
    """What would be right for one setting, under the name people write; no value is repeated."""
    said = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:  # of several together: it names them itself
        return f"{said}."
    name = str(error["loc"][0])
    if error["type"] != "value_error":
        said = f"write {_would_be_right(name)}"
    return f"{name if name.isupper() else f'SUNLINE_{name.upper()}'}: {said}."


def _would_be_right(name: str) -> str:
    """What a field takes that is one of some words, yes or no, or a number."""
    field = Settings.model_fields[name]
    takes = get_args(field.annotation) or (field.annotation,)
    if bool in takes:
        return "true or false"
    if isinstance(takes[0], str):
        return f"one of {', '.join(takes)}"
    number = "a number" if float in takes else "a whole number"
    low, high = (
        next((getattr(one, side) for one in field.metadata if hasattr(one, side)), None)
        for side in ("ge", "le")
    )
    return f"{number} from {low} to {high}" if high is not None else f"{number}, {low} or more"


@cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings()
