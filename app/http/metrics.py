"""What the API counts: requests by route template and status, how long they take, runs accepted."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class ApiMetrics:
    """The API's metrics. Labels never hold what a client chose: a path's template, not the path."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self._requests = Counter("virga_http_requests", "Requests answered.", (*labels, "status"), registry=registry)
        self._seconds = Histogram(
            "virga_http_request_seconds", "Time until the answer was sent.", labels, buckets=_SECONDS, registry=registry
        )
        self._runs = Counter(
            "virga_runs_accepted", "Runs accepted, by what started them.", ("trigger",), registry=registry
        )

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def accepted(self, trigger: str) -> None:
        """Count one run."""
        self._runs.labels(trigger).inc()


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
