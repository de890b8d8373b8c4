"""Metrics, on a port of their own."""

import asyncio
import urllib.request

import pytest

from app.core.config import MetricsSettings
from app.core.errors import SetupError
from app.core.metrics import MetricsServer, new_registry
from app.http.metrics import ApiMetrics
from tests.fixtures.api import Client, serving
from tests.fixtures.target import Target


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
    return text


async def test_requests_are_counted_by_route_and_status() -> None:
    registry = new_registry()
    metrics = ApiMetrics(registry)
    server = MetricsServer("127.0.0.1:0", registry)
    metrics.observe(method="GET", route="/workflows/{workflowId}", status=200, seconds=0.003)
    metrics.observe(method="GET", route="/workflows/{workflowId}", status=200, seconds=0.3)
    metrics.observe(method="BREW", route="unmatched", status=405, seconds=0.001)
    metrics.accepted("manual")
    text = await asyncio.to_thread(scrape, server.port)
    server.close()
    assert 'virga_http_requests_total{method="GET",route="/workflows/{workflowId}",status="200"} 2.0' in text
    assert 'virga_http_requests_total{method="other",route="unmatched",status="405"} 1.0' in text
    assert 'virga_http_request_seconds_bucket{le="0.005",method="GET",route="/workflows/{workflowId}"} 1.0' in text
    assert 'virga_runs_accepted_total{trigger="manual"} 1.0' in text


@pytest.mark.parametrize("bind", ["", "9100", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", ":9100"])
def test_an_address_that_is_none_refuses_the_start(bind: str) -> None:
    with pytest.raises(SetupError, match=r"VIRGA_METRICS__BIND|cannot be served"):
        MetricsServer(bind, new_registry())


async def test_an_address_that_is_taken_refuses_the_start() -> None:
    async with Target() as other:
        with pytest.raises(SetupError, match="cannot be served"):
            MetricsServer(f"127.0.0.1:{other.port}", new_registry())


async def test_the_api_serves_no_metrics_on_its_own_port(api: Client) -> None:
    assert (await api.get("/metrics")).status_code == 404


async def test_a_process_serves_what_it_counted(postgres_url: str, redis_url: str) -> None:
    async with Target() as free:
        port = free.port
    bind = MetricsSettings(bind=f"127.0.0.1:{port}")
    async with serving(postgres_url, redis_url, metrics=bind) as app, Client(app) as api:
        await api.get("/workflows/fl_none")
        text = await asyncio.to_thread(scrape, port)
    assert 'route="/workflows/{workflowId}",status="404"} 1.0' in text
    assert api.org_id not in text
