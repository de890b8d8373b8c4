"""The command line, loaded when it is called: the API's process, which lies in this package too, goes without it."""

from importlib import import_module


def main() -> None:
    """Run the command line."""
    import_module("app.cli.commands").main()
