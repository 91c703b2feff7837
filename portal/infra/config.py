"""Settings from the environment, validated once; `.env` is read by the launcher, not here."""

from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
# What this machine calls itself: what is sent there goes over no wire.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MEBIBYTE = 1024 * 1024
MEGABYTE = 1000 * 1000  # what people are told is what is meant


class SettingsWrong(ValueError):
    """Settings that cannot be used; each argument is a sentence about one, by its name."""

    def __str__(self) -> str:
        return " ".join(self.args)


class Settings(BaseSettings):
    """What an installation may choose; every name is `SUNLINE_` + the field in capitals."""

    model_config = SettingsConfigDict(env_prefix="SUNLINE_", frozen=True, extra="ignore")

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
    files_origin: str = Field("", pattern=r"^(https?://[a-z0-9.:-]+)?$")
    trusted_proxies: int = Field(0, ge=0, le=5)

    max_files: int = Field(20, ge=0)
    max_file_bytes: int = 50 * MEGABYTE
    max_report_bytes: int = 200 * MEGABYTE
    max_narrative: int = 20_000
    max_form_bytes: int = MEBIBYTE
    max_form_parts: int = 300
    min_free_bytes: int = 2 * 1024 * MEBIBYTE
    min_free_share: float = Field(0.10, ge=0, le=1)

    # Reports an hour from one network; 0 means no limit (the default away from production).
    submissions_per_hour: int | None = Field(None, ge=0)
    # Reports in ten minutes from everybody together; beyond it each shows a proof of work or waits.
    submissions_before_proof: int | None = Field(None, ge=0)
    # Files and megabytes an hour from one network of the public, in the same way.
    uploads_per_hour: int | None = Field(None, ge=0)
    upload_megabytes_per_hour: int | None = Field(None, ge=0)
    # What files may take up together that no report owns: those of forms being filled in.
    max_unowned_bytes: int = 4000 * MEGABYTE
    clamd_socket: str = ""
    # The server that notices to other bodies go through (portal.infra.mail), and who they are from.
    mail_url: str = Field("", repr=False)
    mail_from: str = Field("", pattern=r"^([^\s@<>,;]+@[a-z0-9.-]+)?$")
    narrative_search: bool = True
    # Where the ledger of erasures lies: in no backup of what it is about (portal.infra.erasures).
    erasures: Path | None = None
    queue_limit: int = Field(20, ge=1)
    # Opens /metrics to whoever sends it as a bearer; without it only this machine may read them.
    metrics_token: str = Field("", repr=False)

    @field_validator("files_origin")
    @classmethod
    def _is_another_host(cls, origin: str, info: ValidationInfo) -> str:
        """A cookie goes to every port of a host, so that only another name keeps sessions away."""
        public = urlsplit(info.data.get("public_url", "")).hostname or info.data.get("host")
        if origin and urlsplit(origin).hostname == public:
            raise ValueError(
                "name another host than the one of SUNLINE_PUBLIC_URL, or leave it empty"
            )
        return origin

    @field_validator("public_url", "exit_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("write an address that begins with https://")
        return url

    @field_validator("erasures")
    @classmethod
    def _is_absolute(cls, folder: Path | None) -> Path | None:
        """A relative one would be another with each folder that a command is typed in."""
        if folder is not None and not folder.is_absolute():
            raise ValueError("write the whole path of a folder, beginning with /")
        return folder

    @field_validator("mail_url")
    @classmethod
    def _is_a_mail_server(cls, url: str) -> str:
        """A slip shows when the program starts, and not when the first message is due."""
        if url and not _names_a_mail_server(url):
            raise ValueError("like smtps://name:password@mail.example.org, or empty")
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


def _names_a_mail_server(url: str) -> bool:
    """Whether it has all it needs; what is wrong with it may be part of a password."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, say
        return False


def read_settings() -> Settings:
    """The settings as the environment has them now; SettingsWrong names those that are wrong."""
    try:
        return Settings()  # type: ignore[call-arg]  # database_url and redis_url: by alias
    except ValidationError as problem:
        wrong = [_sentence(error["loc"], error["msg"]) for error in problem.errors()]
    raise SettingsWrong(*wrong)  # not from the problem: that repeats the values


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    """What is wrong with one setting, under the name people write; values are not repeated."""
    said = message.removeprefix("Value error, ")
    if not place:  # of several together: it names them itself
        return f"{said}."
    name = str(place[0])
    return f"{name if name.isupper() else f'SUNLINE_{name.upper()}'}: {said}."


@cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings()
