"""The commands. A command's module is loaded when the command is used."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal, NoReturn

import typer

from app.core import log
from app.core.errors import SETUP_EXIT_CODE, SetupError

application = typer.Typer(
    help="Virga, a self-hosted server for the Altostrat Workflows API.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

vault = typer.Typer(help="Look after the vault's keys.", no_args_is_help=True)
application.add_typer(vault, name="vault")

examples = typer.Typer(help="Example workflows: list them, show one, or save some.", invoke_without_command=True)
application.add_typer(examples, name="examples")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
DataDir = Annotated[Path, typer.Option(envvar="VIRGA_DATA_DIR", help="Folder of the embedded servers and secrets.")]
TlsCert = Annotated[Path | None, typer.Option(help="Certificate chain (PEM) to serve HTTPS with.")]
TlsKey = Annotated[Path | None, typer.Option(help="Its private key (PEM).")]
Org = Annotated[str, typer.Option(help="The organization.")]
Workers = Annotated[int, typer.Option(min=0, help="Worker processes.")]

DEFAULT_DATA_DIR = Path(".virga")


def main() -> None:
    """Run the command line; what the operator got wrong is one sentence and exit code 2."""
    try:
        application()
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a command line speaks
        sys.exit(SETUP_EXIT_CODE)


@application.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """Run everything: Postgres and Valkey (unless DATABASE_URL and REDIS_URL name others), the API and workers."""
    module = _module("serve")
    module.serve(module.Address(host, port, tls_cert, tls_key), data_dir, module.programs(workers))


@application.command()
def api(host: Host = "127.0.0.1", port: Port = 8000, tls_cert: TlsCert = None, tls_key: TlsKey = None) -> None:
    """Run the API alone, in this process."""
    address = _module("address").Address(host, port, tls_cert, tls_key)
    _become(["app.cli.api", *address.options()])


@application.command()
def worker() -> None:
    """Run one worker, in this process."""
    _become(["worker"])


@application.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to this version's schema."""
    _module("migrate").run()


@application.command()
def token(
    sub: Annotated[str, typer.Option(help="Who the token is for.")] = "me",
    org: Annotated[str, typer.Option(help="The organization it acts in.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope it carries; repeatable. Without any: the server's default scopes.")
    ] = None,
    ttl: Annotated[int, typer.Option(min=1, help="Seconds that it lives.")] = 86_400,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Print a token and nothing else."""
    module = _module("token")
    print(module.make_token(module.find_issuer(data_dir), sub, org, scope or [], ttl))  # noqa: T201 -- a command line speaks


@application.command()
def init_env() -> None:
    """Print an .env file with fresh secrets, for compose."""
    print(_module("init_env").new_environment(), end="")  # noqa: T201 -- a command line speaks


@application.command()
def doctor(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Check settings, database, queue, migrations, clock and egress, and say what is wrong."""
    sys.exit(_module("doctor").examine(data_dir))


@vault.command()
def rotate(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Encrypt all that is stored again with the first key of VIRGA_VAULT__KEYS, while servers run."""
    sys.exit(_module("vault").rotate(data_dir))


@application.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; there is none of this name yet.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write the database to a file, while servers run; the vault's keys are not in it."""
    _module("backup").backup(file, data_dir)


@application.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `virga backup` wrote.")],
    *,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="The old server is gone for good: go on with its runs and schedules.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Fill an empty database from a backup; runs that were under way end as failed, and schedules are off."""
    _module("restore").restore(file, data_dir, take_over=take_over)


@application.command()
def export(
    workflow: Annotated[list[str] | None, typer.Argument(help="Ids of workflows.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All workflows of the organization.")] = False,
    org: Org = "default",
    kind: Annotated[
        Literal["json", "yaml"] | None, typer.Option("--format", help="Without it: what the file's name says, or json.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="A file ending in .json or .yaml, or a folder for a file each.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Write definitions of workflows for git: stable, and without secrets."""
    if bool(workflow) == every:
        raise SetupError("Name the workflows to export, or give --all instead.")
    log.configure("error")
    settings = _module("installation").settings_of(data_dir)
    sys.exit(_module("export").export(settings, org, workflow or [], kind, output))


@application.command(name="import")
def import_(
    file: Annotated[list[Path], typer.Argument(help="Files ending in .json, .yaml or .yml.")],
    org: Org = "default",
    ids: Annotated[
        Literal["keep", "new"],
        typer.Option(help="keep: change the workflow that has the id, or create it; new: create all, with new ids."),
    ] = "keep",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, save nothing.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make definitions equal to those in files, all of them or none, and say what changed."""
    log.configure("error")
    settings = _module("installation").settings_of(data_dir)
    sys.exit(_module("import_").import_files(settings, org, file, ids, dry_run=dry_run))


@examples.callback()
def list_examples(context: typer.Context) -> None:
    """List the example workflows with what each is for; show one with `show`, save some with `load`."""
    if context.invoked_subcommand is None:
        _module("examples").show_list()


@examples.command()
def show(name: Annotated[str, typer.Argument(help="Its name, as in the list.")]) -> None:
    """Print an example as JSON."""
    _module("examples").show(name)


@examples.command()
def load(
    name: Annotated[list[str] | None, typer.Argument(help="Names of examples.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All examples.")] = False,
    org: Org = "default",
    authorization: Annotated[
        str | None, typer.Option(help="The authorization for examples that call the platform.")
    ] = None,
    active: Annotated[bool, typer.Option("--active", help="Switch them on at once.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Save examples as new workflows, switched off, and say what is to be filled in."""
    if bool(name) == every:
        raise SetupError("Name the examples to load, or give --all instead.")
    log.configure("error")
    module, settings = _module("examples"), _module("installation").settings_of(data_dir)
    sys.exit(module.load(settings, org, name or [], authorization, active=active))


@application.command(hidden=True)
def openapi(*, check: Annotated[bool, typer.Option("--check", help="Compare, write nothing.")] = False) -> None:
    """Write the documents under openapi/ from the code."""
    sys.exit(_module("openapi").write(check=check))


def _become(arguments: list[str]) -> NoReturn:
    """Run a module of ours instead of this one: what serves for long does without the command line's libraries."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", *arguments])  # noqa: S606 -- our own module


def _module(name: str) -> ModuleType:
    return import_module(f"app.cli.{name}")
