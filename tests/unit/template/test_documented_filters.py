"""Every standard filter does what Liquid's own documentation shows: the input on the left, the output on the right."""

import pytest
from liquid import Environment

from app.core.json import JsonValue
from app.graph.template.filters import FILTERS
from tests.unit.template.rendering import text

BEATLES = '{% assign beatles = "John, Paul, George, Ringo" | split: ", " %}'
FRUITS = '{% assign fruits = "apples, oranges, peaches, plums" | split: ", " %}'
PRODUCTS: list[JsonValue] = [
    {"title": "Vacuum", "type": "cleaning", "available": True, "quantity": 1},
    {"title": "Spatula", "type": "kitchen", "available": False, "quantity": 2},
    {"title": "Television", "type": "lounge", "quantity": 3},
    {"title": "Garlic press", "type": "kitchen", "available": True, "quantity": None},
]

DOCUMENTED = [
    ("abs", "{{ -17 | abs }}", "17"),
    ("abs", "{{ 4 | abs }}", "4"),
    ("abs", '{{ "-19.86" | abs }}', "19.86"),
    ("append", '{{ "/my/fancy/url" | append: ".html" }}', "/my/fancy/url.html"),
    (
        "append",
        '{% assign filename = "/index.html" %}{{ "website.com" | append: filename }}',
        "website.com/index.html",
    ),
    ("at_least", "{{ 4 | at_least: 5 }}", "5"),
    ("at_least", "{{ 4 | at_least: 3 }}", "4"),
    ("at_most", "{{ 4 | at_most: 5 }}", "4"),
    ("at_most", "{{ 4 | at_most: 3 }}", "3"),
    ("base64_decode", "{{ 'b25lIHR3byB0aHJlZQ==' | base64_decode }}", "one two three"),
    ("base64_encode", "{{ 'one two three' | base64_encode }}", "b25lIHR3byB0aHJlZQ=="),
    ("base64_url_safe_decode", "{{ 'P8Oxw78_' | base64_url_safe_decode }}", "?ñÿ?"),
    ("base64_url_safe_encode", "{{ '?ñÿ?' | base64_url_safe_encode }}", "P8Oxw78_"),
    ("capitalize", '{{ "title" | capitalize }}', "Title"),
    ("capitalize", '{{ "my GREAT title" | capitalize }}', "My great title"),
    ("ceil", "{{ 1.2 | ceil }}", "2"),
    ("ceil", "{{ 2.0 | ceil }}", "2"),
    ("ceil", "{{ 183.357 | ceil }}", "184"),
    ("ceil", '{{ "3.5" | ceil }}', "4"),
    (
        "compact",
        '{{ products | map: "available" | compact | join: "-" }}',
        "true-false-true",
    ),
    (
        "concat",
        FRUITS + '{% assign more = "carrots, turnips" | split: ", " %}{{ fruits | concat: more | join: "-" }}',
        "apples-oranges-peaches-plums-carrots-turnips",
    ),
    ("date", '{{ "2015-07-17T12:00:00Z" | date: "%a, %b %d, %y" }}', "Fri, Jul 17, 15"),
    ("date", '{{ "2015-07-17T12:00:00Z" | date: "%Y" }}', "2015"),
    ("date", '{{ "March 14, 2016" | date: "%b %d, %y" }}', "Mar 14, 16"),
    ("date", '{{ "now" | date: "%Y-%m-%d %H:%M" }}', "2025-10-31 12:00"),
    ("date", '{{ "today" | date: "%Y-%m-%d %H:%M" }}', "2025-10-31 12:00"),
    ("default", "{{ product_price | default: 2.99 }}", "2.99"),
    ("default", "{% assign product_price = 4.99 %}{{ product_price | default: 2.99 }}", "4.99"),
    ("default", '{% assign product_price = "" %}{{ product_price | default: 2.99 }}', "2.99"),
    ("default", "{% assign display_price = false %}{{ display_price | default: true, allow_false: true }}", "false"),
    ("default", "{% assign display_price = false %}{{ display_price | default: true }}", "true"),
    ("divided_by", "{{ 16 | divided_by: 4 }}", "4"),
    ("divided_by", "{{ 5 | divided_by: 3 }}", "1"),
    ("divided_by", "{{ 20 | divided_by: 7 }}", "2"),
    ("divided_by", "{{ 20 | divided_by: 7.0 }}", "2.857142857142857"),
    (
        "divided_by",
        "{% assign my_integer = 7 %}{% assign my_float = my_integer | times: 1.0 %}{{ 20 | divided_by: my_float }}",
        "2.857142857142857",
    ),
    ("downcase", '{{ "Parker Moore" | downcase }}', "parker moore"),
    ("downcase", '{{ "apple" | downcase }}', "apple"),
    (
        "escape",
        """{{ "Have you read 'James & the Giant Peach'?" | escape }}""",
        "Have you read &#39;James &amp; the Giant Peach&#39;?",
    ),
    ("escape", '{{ "Tetsuro Takara" | escape }}', "Tetsuro Takara"),
    ("escape_once", '{{ "1 < 2 & 3" | escape_once }}', "1 &lt; 2 &amp; 3"),
    ("escape_once", '{{ "1 &lt; 2 &amp; 3" | escape_once }}', "1 &lt; 2 &amp; 3"),
    ("find", '{% assign found = products | find: "type", "kitchen" %}{{ found.title }}', "Spatula"),
    ("find_index", '{{ products | find_index: "type", "kitchen" }}', "1"),
    ("first", '{{ "Ground control to Major Tom." | split: " " | first }}', "Ground"),
    ("first", '{% assign animals = "zebra, octopus" | split: ", " %}{{ animals.first }}', "zebra"),
    ("floor", "{{ 1.2 | floor }}", "1"),
    ("floor", "{{ 2.0 | floor }}", "2"),
    ("floor", "{{ 183.357 | floor }}", "183"),
    ("floor", '{{ "3.5" | floor }}', "3"),
    ("has", '{{ products | has: "type", "kitchen" }}', "true"),
    ("has", '{{ products | has: "type", "garden" }}', "false"),
    ("join", BEATLES + '{{ beatles | join: " and " }}', "John and Paul and George and Ringo"),
    ("last", '{{ "Ground control to Major Tom." | split: " " | last }}', "Tom."),
    ("last", '{% assign animals = "zebra, tiger" | split: ", " %}{{ animals.last }}', "tiger"),
    (
        "lstrip",
        '{{ "          So much room for activities          " | lstrip }}!',
        "So much room for activities          !",
    ),
    ("map", '{{ products | map: "type" | join: ", " }}', "cleaning, kitchen, lounge, kitchen"),
    ("minus", "{{ 4 | minus: 2 }}", "2"),
    ("minus", "{{ 16 | minus: 4 }}", "12"),
    ("minus", "{{ 183.357 | minus: 12 }}", "171.357"),
    ("modulo", "{{ 3 | modulo: 2 }}", "1"),
    ("modulo", "{{ 24 | modulo: 7 }}", "3"),
    ("modulo", "{{ 183.357 | modulo: 12 }}", "3.357"),
    (
        "newline_to_br",
        "{% capture s %}\nHello\nthere\n{% endcapture %}{{ s | newline_to_br }}",
        "<br />\nHello<br />\nthere<br />\n",
    ),
    ("plus", "{{ 4 | plus: 2 }}", "6"),
    ("plus", "{{ 183.357 | plus: 12 }}", "195.357"),
    (
        "prepend",
        '{{ "apples, oranges, and bananas" | prepend: "Some fruit: " }}',
        "Some fruit: apples, oranges, and bananas",
    ),
    ("reject", '{{ products | reject: "type", "kitchen" | map: "title" | join: ", " }}', "Vacuum, Television"),
    (
        "remove",
        '{{ "I strained to see the train through the rain" | remove: "rain" }}',
        "I sted to see the t through the ",
    ),
    (
        "remove_first",
        '{{ "I strained to see the train through the rain" | remove_first: "rain" }}',
        "I sted to see the train through the rain",
    ),
    (
        "remove_last",
        '{{ "I strained to see the train through the rain" | remove_last: "rain" }}',
        "I strained to see the train through the ",
    ),
    (
        "replace",
        '{{ "Take my protein pills and put my helmet on" | replace: "my", "your" }}',
        "Take your protein pills and put your helmet on",
    ),
    (
        "replace_first",
        '{{ "Take my protein pills and put my helmet on" | replace_first: "my", "your" }}',
        "Take your protein pills and put my helmet on",
    ),
    (
        "replace_last",
        '{{ "Take my protein pills and put my helmet on" | replace_last: "my", "your" }}',
        "Take my protein pills and put your helmet on",
    ),
    ("reverse", FRUITS + '{{ fruits | reverse | join: ", " }}', "plums, peaches, oranges, apples"),
    (
        "reverse",
        '{{ "Ground control to Major Tom." | split: "" | reverse | join: "" }}',
        ".moT rojaM ot lortnoc dnuorG",
    ),
    ("round", "{{ 1.2 | round }}", "1"),
    ("round", "{{ 2.7 | round }}", "3"),
    ("round", "{{ 183.357 | round: 2 }}", "183.36"),
    (
        "rstrip",
        '!{{ "          So much room for activities          " | rstrip }}!',
        "!          So much room for activities!",
    ),
    ("size", '{{ "Ground control to Major Tom." | size }}', "28"),
    ("size", FRUITS + "{{ fruits | size }}", "4"),
    ("size", FRUITS + "{{ fruits.size }}", "4"),
    ("slice", '{{ "Liquid" | slice: 0 }}', "L"),
    ("slice", '{{ "Liquid" | slice: 2 }}', "q"),
    ("slice", '{{ "Liquid" | slice: 2, 5 }}', "quid"),
    ("slice", BEATLES + '{{ beatles | slice: 1, 2 | join: " " }}', "Paul George"),
    ("slice", '{{ "Liquid" | slice: -3, 2 }}', "ui"),
    (
        "sort",
        '{{ "zebra, octopus, giraffe, Sally Snake" | split: ", " | sort | join: ", " }}',
        "Sally Snake, giraffe, octopus, zebra",
    ),
    ("sort", '{{ products | sort: "title" | map: "title" | first }}', "Garlic press"),
    (
        "sort_natural",
        '{{ "zebra, octopus, giraffe, Sally Snake" | split: ", " | sort_natural | join: ", " }}',
        "giraffe, octopus, Sally Snake, zebra",
    ),
    ("split", BEATLES + "{% for member in beatles %}{{ member }};{% endfor %}", "John;Paul;George;Ringo;"),
    ("squish", '{{ "  So   much\n room " | squish }}', "So much room"),
    ("strip", '|{{ "          So much room for activities          " | strip }}|', "|So much room for activities|"),
    (
        "strip_html",
        '{{ "Have <em>you</em> read <strong>Ulysses</strong>?" | strip_html }}',
        "Have you read Ulysses?",
    ),
    ("strip_newlines", "{% capture s %}\nHello\nthere\n{% endcapture %}{{ s | strip_newlines }}", "Hellothere"),
    ("sum", '{{ products | sum: "quantity" }}', "6"),
    ("sum", '{{ "1,2,3" | split: "," | sum }}', "6"),
    ("times", "{{ 3 | times: 2 }}", "6"),
    ("times", "{{ 24 | times: 7 }}", "168"),
    ("times", "{{ 183.357 | times: 12 }}", "2200.284"),
    ("truncate", '{{ "Ground control to Major Tom." | truncate: 20 }}', "Ground control to..."),
    ("truncate", '{{ "Ground control to Major Tom." | truncate: 25, ", and so on" }}', "Ground control, and so on"),
    ("truncate", '{{ "Ground control to Major Tom." | truncate: 20, "" }}', "Ground control to Ma"),
    ("truncatewords", '{{ "Ground control to Major Tom." | truncatewords: 3 }}', "Ground control to..."),
    ("truncatewords", '{{ "Ground control to Major Tom." | truncatewords: 3, "--" }}', "Ground control to--"),
    ("truncatewords", '{{ "Ground control to Major Tom." | truncatewords: 3, "" }}', "Ground control to"),
    (
        "uniq",
        '{{ "ants, bugs, bees, bugs, ants" | split: ", " | uniq | join: ", " }}',
        "ants, bugs, bees",
    ),
    ("upcase", '{{ "Parker Moore" | upcase }}', "PARKER MOORE"),
    ("upcase", '{{ "APPLE" | upcase }}', "APPLE"),
    ("url_decode", '{{ "%27Stop%21%27+said+Fred" | url_decode }}', "'Stop!' said Fred"),
    ("url_encode", '{{ "john@liquid.com" | url_encode }}', "john%40liquid.com"),
    ("url_encode", '{{ "Tetsuro Takara" | url_encode }}', "Tetsuro+Takara"),
    ("where", '{{ products | where: "type", "kitchen" | map: "title" | join: ", " }}', "Spatula, Garlic press"),
    ("where", '{{ products | where: "available" | map: "title" | join: ", " }}', "Vacuum, Garlic press"),
]

OURS = {"json", "shell_quote", "sha256", "hmac_sha256", "carbon_date", "carbon_condition"}


@pytest.mark.parametrize(("name", "source", "output"), DOCUMENTED)
def test_filter_gives_the_documented_output(name: str, source: str, output: str) -> None:
    assert name in FILTERS
    assert text(source, {"products": PRODUCTS}) == output


def test_no_standard_filter_is_missing() -> None:
    beyond_the_standard = {"safe", "escapejs"}
    assert set(Environment().filters) - beyond_the_standard <= set(FILTERS)


def test_every_standard_filter_is_held_against_its_documentation() -> None:
    assert {name for name, _, _ in DOCUMENTED} == set(FILTERS) - OURS
