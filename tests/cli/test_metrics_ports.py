"""Under `virga serve` every process has a metrics port of its own."""

import pytest

from app.cli.serve import _metrics


@pytest.mark.parametrize(
    ("bind", "ports"),
    [
        ("127.0.0.1:9464", ["127.0.0.1:9464", "127.0.0.1:9465", "127.0.0.1:9466"]),
        ("[::1]:9464", ["[::1]:9464", "[::1]:9465", "[::1]:9466"]),
        ("127.0.0.1:0", [None, None, None]),  # each takes a free one anyway
        ("", [None, None, None]),
    ],
)
def test_the_api_has_the_named_port_and_workers_those_after_it(
    monkeypatch: pytest.MonkeyPatch, bind: str, ports: list[str | None]
) -> None:
    monkeypatch.setenv("VIRGA_METRICS__BIND", bind)
    assert [_metrics(number).get("VIRGA_METRICS__BIND") for number in range(3)] == ports
