"""Metrics of one process, served on a port of their own, never on the API's."""

from prometheus_client import CollectorRegistry, start_http_server

from app.core.errors import SetupError


def new_registry() -> CollectorRegistry:
    return CollectorRegistry(auto_describe=True)


class MetricsServer:
    """Answers scrapes from a thread, so that a busy event loop stays visible."""

    def __init__(self, bind: str, registry: CollectorRegistry) -> None:
        """Listen on `bind` (host:port). Raises `SetupError` when that is no address or is taken."""
        host, _, port = bind.rpartition(":")
        if not host or not port.isdigit():
            raise SetupError(f'VIRGA_METRICS__BIND is "{bind}", but should look like 127.0.0.1:9100.')
        try:
            self._server, self._thread = start_http_server(int(port), host.strip("[]"), registry)
        except (OSError, OverflowError) as error:
            raise SetupError(f"Metrics cannot be served on {bind}: {error}.") from error

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop listening and wait for the thread to end."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
