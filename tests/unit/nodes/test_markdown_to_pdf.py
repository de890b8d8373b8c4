import base64

import pytest

from app.core.json import JsonValue
from app.graph.outcome import Failure, Success
from app.graph.ports import Pdf, PdfOrder
from tests.factories.noting import NotingPrinter
from tests.factories.steps import NOW, StepContext, action, failure_of, faults, outcome_of, output_of


async def test_a_text_becomes_a_document() -> None:
    printer = NotingPrinter(Pdf(b"%PDF-x", 3, "日"))
    settings: dict[str, JsonValue] = {
        "markdown": "# {{ n1 }}",
        "title": "For {{ n1 }}",
        "page_size": "letter",
    }

    outcome = await outcome_of("markdown_to_pdf", settings, StepContext({"n1": "Ada"}, pdf=printer))

    assert printer.orders == [PdfOrder("# Ada", "For Ada", "letter", NOW, 30)]
    assert outcome == Success(
        {
            "filename": "document.pdf",
            "content_type": "application/pdf",
            "content_base64": base64.b64encode(b"%PDF-x").decode(),
            "pages": 3,
            "size_bytes": 6,
            "replaced_characters": "日",
        }
    )


async def test_what_is_left_out_has_its_default() -> None:
    printer = NotingPrinter()

    await outcome_of("markdown_to_pdf", {"markdown": ""}, StepContext(pdf=printer, timeout_seconds=300))

    assert printer.orders == [PdfOrder("", "", "A4", NOW, 60)]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("order 7", "order 7.pdf"),
        ("order.pdf", "order.pdf"),
        ("Order.PDF", "Order.pdf"),
        ("../../etc/passwd", "-..-etc-passwd.pdf"),
        ('a\\b:c*d?e"f<g>h|i', "a-b-c-d-e-f-g-h-i.pdf"),
        ("a\r\nb\x00", "a--b-.pdf"),
        ("", "document.pdf"),
        (" .. ", "document.pdf"),
        (".pdf", "pdf.pdf"),
        ("ü" * 200, "ü" * 96 + ".pdf"),
    ],
)
async def test_a_file_has_a_name_that_it_may_have_everywhere(given: str, name: str) -> None:
    output = await output_of("markdown_to_pdf", {"markdown": "x", "filename": "{{ n1 }}"}, n1=given)

    assert output["filename"] == name


async def test_a_text_has_at_most_100_000_characters() -> None:
    settings: dict[str, JsonValue] = {"markdown": "{{ n1 }}"}
    message = '"markdown" has 100001 characters; it may have 100000.'

    assert await failure_of("markdown_to_pdf", settings, n1="x" * 100_001) == message
    assert (await output_of("markdown_to_pdf", settings, n1="x" * 100_000))["pages"] == 1


async def test_a_document_that_a_step_cannot_put_out_fails_the_node() -> None:
    ctx = StepContext(pdf=NotingPrinter(Pdf(bytes(7_000), 1, "")), output_bytes=10_000)

    outcome = await outcome_of("markdown_to_pdf", {"markdown": "x"}, ctx)

    message = "The PDF has 7000 bytes, which is more than a step can put out (10000 bytes as base64)."
    assert outcome == Failure(message)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"markdown": '"markdown" is required.'}),
        ({"markdown": []}, {"markdown": '"markdown" must be text, a number, true or false; it is a list.'}),
        (
            {"markdown": "x", "page_size": "a3"},
            {"page_size": "\"page_size\" must be 'A4' or 'letter'; it is the text \"a3\"."},
        ),
        (
            {"markdown": "x", "filename": {}},
            {"filename": '"filename" must be text, a number, true or false; it is an object.'},
        ),
        (
            {"markdown": "x", "title": {}},
            {"title": '"title" must be text, a number, true or false; it is an object.'},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("markdown_to_pdf", settings) == expected


def test_nothing_outside_changes() -> None:
    assert not action("markdown_to_pdf", {"markdown": "x"}).has_effect
