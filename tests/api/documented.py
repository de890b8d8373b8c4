"""The examples in the OpenAPI document, and what of them is not the same in every answer."""

import re
from typing import Any

from app.core.json import dumps
from tests.factories.workflows import Json
from tests.fixtures.api import PUBLIC_URL, Client

EXAMPLE_URL = "http://127.0.0.1:8000"
VARIES = {
    r"fl_run_[0-9a-z]{26}": "RUN",
    r"fl_log_[0-9a-z]{26}": "LOG",
    r"fl_[0-9a-z]{26}": "WORKFLOW",
    r"vlt_[0-9a-z]{26}": "VAULT_ITEM",
    r"whsec_[\w-]{43}": "TOKEN",
    r"aud_[0-9a-z]{26}": "ENTRY",
    r"[0-9a-f]{64}": "HASH",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z": "MOMENT",
    r'"duration_in_seconds":[0-9.e-]+': '"duration_in_seconds":0',
    r'"duration_ms":\d+': '"duration_ms":0',
    r'"created_by":"[^"]+"': '"created_by":"SOMEBODY"',
    re.escape(PUBLIC_URL): EXAMPLE_URL,
}


def without_what_varies(value: object) -> str:
    text = dumps(value)
    for pattern, name in VARIES.items():
        text = re.sub(pattern, name, text)
    return text


def operation(api: Client, method: str, path: str) -> Json:
    found: Json = api.app.openapi()["paths"][path][method]
    return found


def request_of(api: Client, method: str, path: str) -> Any:
    schema = operation(api, method, path)["requestBody"]["content"]["application/json"]["schema"]
    return schema["examples"][0]


def answer_of(api: Client, method: str, path: str, status: int, code: str | None = None) -> Any:
    content = operation(api, method, path)["responses"][str(status)]["content"]["application/json"]
    return content["example"] if code is None else content["examples"][code]["value"]


def assert_documented(api: Client, answered: object, method: str, path: str, status: int) -> None:
    assert without_what_varies(answered) == without_what_varies(answer_of(api, method, path, status))
