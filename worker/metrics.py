"""What a worker tells Prometheus: what it holds, and how runs left it. No organizations, no workflows."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from worker.execution.engine import Engine
from worker.execution.executor import Parting
from worker.execution.presence import Presence


def observe(registry: CollectorRegistry, engine: Engine, presence: Presence) -> None:
    """Register the metrics of one worker. Gauges are read when scraped."""
    held = Gauge("virga_worker_runs_held", "Runs in this worker's slots", registry=registry)
    held.set_function(lambda: len(engine.held_ids))
    free = Gauge("virga_worker_slots_free", "Runs that this worker would still take", registry=registry)
    free.set_function(lambda: engine.free_slots)
    looks = Gauge("virga_worker_looks", "Looks at what is due since the start", registry=registry)
    looks.set_function(lambda: presence.looks)
    partings = Counter("virga_worker_partings", "How runs left this worker", ["how"], registry=registry)
    by_kind = {parting: partings.labels(parting.name.lower()) for parting in Parting}
    engine.on_parting = lambda parting: by_kind[parting].inc()
