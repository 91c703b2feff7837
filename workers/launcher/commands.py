"""The commands of `./sunline`."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from workers.launcher import backup as saving
from workers.launcher import packages, preparation, quality, run, suite
from workers.launcher.application import command
from workers.launcher.installation import Installation, load_installation
from workers.launcher.terminal import Stop, Terminated, complain, obey_sigterm, say

PROCESSES = ("web", "dispatcher", "worker", "clock")
HELP = """\
Sunline, the launcher

  ./sunline up [--empty]        set up what is missing and start everything; Ctrl-C stops it
                                (--empty: without demonstration accounts and reports)
  ./sunline setup [--empty]     set up what is missing and start nothing
  ./sunline code NAME           the current time code of a demonstration account
  ./sunline run PROCESS         one process in the foreground, for service managers:
                                web, dispatcher, worker, clock
  ./sunline backup FOLDER       copy database and files into a new folder, while it runs
  ./sunline restore FOLDER [--ledger-lost]
                                put such a copy back; what was erased since is erased again
                                (--ledger-lost: as far as the ledger of erasures is left)
  ./sunline ready               say what is missing before production may start
  ./sunline test [ARGUMENTS]    install what tests need and run them all, on both databases
                                (with arguments: pytest once, with those)
  ./sunline check               format, lint, types, imports, templates
  ./sunline bench [ARGUMENTS]   the benchmarks beside their floors
  ./sunline help                this text, and the commands of the application

Settings come from the environment or a file `.env` (see .env.example): SUNLINE_PORT,
SUNLINE_VAR (data folder), DATABASE_URL, REDIS_URL, SUNLINE_ENV and others.

Anything else goes to the application's own command line, for example
  ./sunline report show REFERENCE --json
  ./sunline triage FILE.jsonl   (tries the rules on a list of reports, stores nothing)
  ./sunline trail verify
  ./sunline pack check [PACK]   (the pack that is set up, or one by its name or folder)"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; every refusal is one sentence on stderr and exit code 1."""
    obey_sigterm()
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    try:
        here = load_installation(os.environ)
        return COMMANDS[name](here, rest) if name in COMMANDS else application(here, [name, *rest])
    except Stop as refusal:
        complain(f"sunline: {refusal}")
        return 1
    except KeyboardInterrupt:
        complain("sunline: stopped before it was finished; start it again to go on.")
        return 130
    except Terminated:
        return 128 + signal.SIGTERM
    except OSError as problem:
        where = f" {problem.filename}" if problem.filename else ""
        complain(
            f"sunline: {problem.strerror or problem}{where}: make it possible and start again."
        )
        return 1


def up(here: Installation, arguments: Sequence[str]) -> int:
    """Set up what is missing, then become the supervisor."""
    empty = _only_flag(arguments, "--empty")
    say("Sunline")
    preparation.prepare_folder(here)
    preparation.occupy(here)
    preparation.demand_port(here)
    if here.production:
        packages.set_up(here)
        if missing := ready(here, ()):
            return missing
    preparation.set_up(here, empty=empty)
    shown = [] if empty or here.production else ["--demo"]
    return run.replace(
        [here.python, "-m", "workers.supervisor", *shown], environ=here.environ, cwd=here.root
    )


def setup(here: Installation, arguments: Sequence[str]) -> int:
    """Set up what is missing and stop there."""
    empty = _only_flag(arguments, "--empty")
    preparation.prepare_folder(here)
    lock = preparation.occupy(here)
    preparation.set_up(here, empty=empty)
    os.close(lock)
    say("Everything is set up. Start it with: ./sunline up" + (" --empty" if empty else ""))
    return 0


def code(here: Installation, arguments: Sequence[str]) -> int:
    """The current time code of a demonstration account."""
    if len(arguments) != 1:
        raise Stop("Name one account, for example: ./sunline code officer.")
    return application(here, ["accounts", "code", *arguments])


def one_process(here: Installation, arguments: Sequence[str]) -> int:
    """One process in the foreground; nothing is set up, so that several may start at once.

    Production refuses it for the same reasons as all of them together.
    """
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        raise Stop(f"Name one process, for example: ./sunline run web ({', '.join(PROCESSES)}).")
    _demand_environment(here)
    if here.production and (missing := ready(here, ())):
        return missing
    return run.replace(
        [here.python, "-m", "workers.supervisor", "--only", *arguments],
        environ=here.environ,
        cwd=here.root,
    )


def ready(here: Installation, arguments: Sequence[str]) -> int:
    """List everything that keeps production from starting."""
    _only_flag(arguments, "")
    _demand_environment(here)
    return run.openly([here.python, "-m", "workers.readiness"], environ=here.environ, cwd=here.root)


def backup(here: Installation, arguments: Sequence[str]) -> int:
    """Copy database and files; neither keys nor the ledger of erasures."""
    saving.back_up(here, _only_folder(arguments, "backup"))
    say("Copied. Encrypt it, keep it for a short fixed time, and the keys apart from it.")
    return 0


def restore(here: Installation, arguments: Sequence[str]) -> int:
    """Put a copy back, and erase again what was erased since, before anybody is let in."""
    lost = "--ledger-lost" in arguments
    folder = _only_folder([one for one in arguments if one != "--ledger-lost"], "restore")
    preparation.prepare_folder(here)
    lock = preparation.occupy(here)
    aside = saving.put_back(here, folder, ledger_lost=lost)
    if lost:
        preparation.accept_lost_ledger(here)
    preparation.set_up(here, empty=True)
    os.close(lock)
    say(f"Restored. What was there before is in {aside}: destroy it when you do not need it.")
    return 0


def _only_folder(arguments: Sequence[str], name: str) -> Path:
    if len(arguments) != 1:
        raise Stop(f"Name one folder, for example: ./sunline {name} /backup/today.")
    return Path(arguments[0]).absolute()


def bench(here: Installation, arguments: Sequence[str]) -> int:
    """Run the benchmarks; they need what the tests need."""
    preparation.prepare_folder(here)
    packages.set_up(here, development=True)
    return run.replace(
        [here.python, "-m", "bench", *arguments], environ=here.environ, cwd=here.root
    )


def show_help(here: Installation, arguments: Sequence[str]) -> int:
    """Say what there is; once installed, the application's own commands too."""
    say(HELP)
    if (here.var / "keys" / "server.json").exists() and here.python.exists() and not arguments:
        say()
        return application(here, ["--help"])
    return 0


def application(here: Installation, arguments: Sequence[str]) -> int:
    """The application's own command line, from the folder the command was typed in."""
    _demand_environment(here)
    if not (here.var / "keys" / "server.json").exists():
        raise Stop(f"The data folder {here.var} is not set up: run `./sunline setup` first.")
    sys.stdout.flush()
    return run.replace(command(here, arguments), environ=here.environ, cwd=Path.cwd())


def _demand_environment(here: Installation) -> None:
    if not here.python.exists():
        raise Stop("Sunline is not set up here: run `./sunline setup` first.")


def _only_flag(arguments: Sequence[str], flag: str) -> bool:
    """True when `flag` is given; anything else is refused by name."""
    for argument in arguments:
        if argument != flag:
            raise Stop(f"{argument!r} is not known here: see ./sunline help.")
    return bool(arguments)


COMMANDS: dict[str, Callable[[Installation, Sequence[str]], int]] = {
    "up": up,
    "setup": setup,
    "code": code,
    "run": one_process,
    "ready": ready,
    "backup": backup,
    "restore": restore,
    "test": suite.test,
    "check": quality.check,
    "bench": bench,
    "help": show_help,
    "--help": show_help,
    "-h": show_help,
}
