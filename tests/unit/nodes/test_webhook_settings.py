import pytest

from app.core.json import JsonValue
from tests.factories.steps import action, faults

URL = "https://example.com/api"
UNNAMED = '"{}" of n1: The id of a vault item is written out, such as vlt_01k8x…, without templates in it.'
TWICE = '"auth" sends the header authorization, which "headers" has too; keep one of them.'


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"url": None}, {"url": '"url" must be text, a number, true or false; it is null.'}),
        ({"url": " "}, {"url": "The URL is empty; it should look like https://example.com/path."}),
        ({"url": "example.com"}, {"url": "The URL must start with https:// or http://."}),
        ({"url": "{{ a | }}"}, None),
        (
            {"method": "FETCH"},
            {"method": "\"method\" must be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'; it is the text \"FETCH\"."},
        ),
        ({"method": 5}, {"method": "\"method\" must be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'; it is 5."}),
        (
            {"method": "GET", "body": "x"},
            {"body": 'A GET request has no body; leave "body" out or choose another method.'},
        ),
        (
            {"method": "DELETE", "body": {"a": 1}},
            {"body": 'A DELETE request has no body; leave "body" out or choose another method.'},
        ),
        ({"body": 5}, {"body": '"body" must be a text, an object or a list; it is 5.'}),
        ({"headers": "X: y"}, {"headers": '"headers" must be a list; it is the text "X: y".'}),
        ({"headers": ["X"]}, {"headers[0]": '"headers[0]" must be an object; it is the text "X".'}),
        ({"headers": [{"key": "X"}]}, {"headers[0].value": '"headers[0].value" is required.'}),
        (
            {"headers": {"a b": "1"}},
            {"headers.a b": '"a b" is not the name of a header: write letters, digits and dashes.'},
        ),
        ({"headers": {"X-Key": " vlt_{{ n1.id }}"}}, {"headers.X-Key": UNNAMED.format("headers.X-Key")}),
        ({"query": {"a": 1, "b": "vlt_{{ n1.id }}"}}, {"query.b": UNNAMED.format("query.b")}),
        (
            {"auth": {"type": "bearer", "token": "vlt_{% if x %}a{% endif %}"}},
            {"auth.token": UNNAMED.format("auth.token")},
        ),
        (
            {"headers": {f"x{n}": "1" for n in range(101)}},
            {"headers": '"headers" must have at most 100 entries; it has 101.'},
        ),
        (
            {"query": {f"x{n}": "1" for n in range(501)}},
            {"query": '"query" must have at most 500 entries; it has 501.'},
        ),
        ({"query": 7}, {"query": '"query" must be a list; it is 7.'}),
        ({"query": [{"value": 1}]}, {"query[0].key": '"query[0].key" is required.'}),
        ({"auth": "basic"}, {"auth": '"auth" must be an object; it is the text "basic".'}),
        ({"auth": {}}, {"auth": "\"auth\" needs 'type', which says what it is."}),
        (
            {"auth": {"type": "digest"}},
            {"auth": "\"auth\" cannot have the 'type' 'digest'; there are 'basic', 'bearer', 'header'."},
        ),
        (
            {"auth": {"type": "basic"}},
            {"auth.username": '"auth.username" is required.', "auth.password": '"auth.password" is required.'},
        ),
        ({"auth": {"type": "bearer", "username": "a"}}, {"auth.token": '"auth.token" is required.'}),
        (
            {"auth": {"type": "basic", "username": "a:b", "password": "c"}},
            {"auth.username": "The user name of basic credentials cannot have a colon in it."},
        ),
        (
            {"auth": {"type": "header", "name": "X Key", "value": "c"}},
            {"auth.name": '"X Key" is not the name of a header: write letters, digits and dashes.'},
        ),
        ({"auth": {"type": "bearer", "token": "x"}, "headers": {" AUTHORIZATION ": "y"}}, {"auth": TWICE}),
        (
            {"auth": {"type": "header", "name": "X-Key", "value": "x"}, "headers": {"x-key": "y"}},
            {"auth": TWICE.replace("authorization", "x-key")},
        ),
        (
            {"expected_status": ["2xx", "OK"]},
            {"expected_status": '"ok" is no status: write a number such as 404, or a class such as 2xx.'},
        ),
        (
            {"expected_status": 99},
            {"expected_status": '"99" is no status: write a number such as 404, or a class such as 2xx.'},
        ),
        (
            {"expected_status": True},
            {"expected_status": '"true" is no status: write a number such as 404, or a class such as 2xx.'},
        ),
        ({"expected_status": {"a": 1}}, {"expected_status": '"expected_status" must be a list; it is an object.'}),
        (
            {"follow_redirects": "perhaps"},
            {"follow_redirects": '"follow_redirects" must be true or false; it is the text "perhaps".'},
        ),
        (
            {"response": "xml"},
            {"response": "\"response\" must be 'auto', 'json', 'text' or 'base64'; it is the text \"xml\"."},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str] | None) -> None:
    found = faults("webhook", {"url": URL, **settings})

    assert found == expected if expected else list(found) == ["url"]


@pytest.mark.parametrize("auth", [{}, {"auth": None}])
def test_there_need_be_no_credentials(auth: dict[str, JsonValue]) -> None:
    action("webhook", {"url": URL, **auth})
