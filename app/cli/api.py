"""`python -m app.cli.api`: the API in a process of its own, one uvicorn server on one application."""

import argparse
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from app.cli.address import Address
from app.core import log, memory
from app.core.config import load_settings
from app.core.errors import SETUP_EXIT_CODE, SetupError
from app.core.supervision import follow_supervisor
from app.http.openapi import Api
from app.main import create_app

GRACEFUL_SECONDS = 10  # open event streams must not hold up a stop

STARTUP_FAILED = "lifespan.startup.failed"

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def main() -> None:
    """Serve at the address of `Address.options`; what the operator got wrong is one sentence and exit code 2."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    try:
        run_api(Address(**vars(parser.parse_args())))
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a command line speaks
        sys.exit(SETUP_EXIT_CODE)


def run_api(address: Address) -> None:
    """Serve until a signal comes. Raises `SetupError` where it cannot begin."""
    follow_supervisor()
    settings = load_settings()
    log.configure(settings.log_level)
    address.refuse_bad_tls()
    api = create_app(settings)
    application = QuietStart(api)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        proxy_headers=False,  # VIRGA_TRUSTED_PROXIES decides, in the application
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        ssl_certfile=address.tls_cert,
        ssl_keyfile=address.tls_key,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # uvicorn stops in good order, then raises the signal again
    logging.getLogger("uvicorn.error").addFilter(lambda record: "startup failed" not in record.getMessage())
    with address.listen() as listener:
        try:
            Server(config, api).run(sockets=[listener])
        finally:
            if application.failure is not None:
                raise application.failure from None


class Server(uvicorn.Server):
    """Lets streams end when a stop is asked for, which would else be waited for."""

    def __init__(self, config: uvicorn.Config, api: Api) -> None:
        super().__init__(config)
        self._api = api

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See `uvicorn.Server.handle_exit`."""
        held = getattr(self._api.state, "resources", None)  # nothing is held while the start is under way
        if held is not None:
            held.hub.close()
        super().handle_exit(sig, frame)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


class QuietStart:
    """Keeps the sentence of a start that failed, where uvicorn would print a traceback."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.failure: SetupError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return

        failed: list[Message] = []

        async def hold_back(message: Message) -> None:
            if message["type"] == STARTUP_FAILED:
                failed.append(message)
                return
            if message["type"] == "lifespan.startup.complete":
                memory.settle()
            await send(message)

        try:
            await self._application(scope, receive, hold_back)
        except SetupError as error:
            self.failure = error
            await send({"type": STARTUP_FAILED, "message": ""})
        except Exception:
            for message in failed:  # with the traceback, since this is a fault of ours
                await send(message)
            raise


if __name__ == "__main__":
    main()
