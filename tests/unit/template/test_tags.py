"""Tags and expressions, as Liquid documents them, over plain JSON."""

import pytest

from app.core.json import JsonValue
from tests.unit.template.rendering import refusal, text

ROOTS: dict[str, JsonValue] = {
    "s": "text",
    "n": 5,
    "f": 2.5,
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, 2, 3, 4],
    "empty_list": [],
    "object": {"a": 1, "size": "mine", "first": "one", "last": "end", "my key": 7},
    "plain": {"b": 2, "c": 3},
    "nested": [[1, 2], [3]],
    "blanks": "  ",
    "key": "a",
    "1": {"x": "odd"},
    "n-1": "hyphen",
    "words": {
        "limit": 1,
        "offset": 2,
        "in": 3,
        "empty": 4,
        "nil": {"true": 5},
        "and": 6,
        "contains": "abc",
        "for": ["a", "b"],
        "or": 7,
    },
}

TABLE = (
    '<tr class="row1">\n<td class="col1">11</td><td class="col2">12</td></tr>\n'
    '<tr class="row2"><td class="col1">23</td></tr>\n'
)

DOCUMENTED = [
    # branches
    ("{% if yes %}a{% elsif no %}b{% else %}c{% endif %}", "a"),
    ("{% if no %}a{% elsif yes %}b{% else %}c{% endif %}", "b"),
    ("{% if no %}a{% elsif no %}b{% else %}c{% endif %}", "c"),
    ("{% if no %}a{% elsif yes and s contains 'x' or no %}b{% endif %}", "b"),
    ("{% unless no or no %}a{% endunless %}{% unless no %}{% elsif yes %}{% endunless %}", "a"),
    ("{% if 0 %}zero is true{% endif %}{% if '' %}, empty text too{% endif %}", "zero is true, empty text too"),
    ("{% if nothing or missing or no %}a{% endif %}", ""),
    ("{% if yes or no and no %}a{% endif %}{% if yes and no and no or yes %}b{% endif %}", "a"),
    ("{% unless no %}a{% endunless %}{% unless yes %}b{% else %}c{% endunless %}", "ac"),
    ("{% case n %}{% when 1, 5 %}a{% when 5 %}b{% else %}c{% endcase %}", "ab"),
    ("{% case s %}{% when 'x' or 'y' %}a{% else %}c{% endcase %}", "c"),
    ("{% if list contains 3 and s contains 'ex' and object contains 'a' %}a{% endif %}", "a"),
    ("{% if list contains 5 or s contains 'xe' or object contains 'z' %}a{% endif %}", ""),
    ("{% if 'a' < 'b' and 2 >= 2 and 2 <= 2.5 and f > 2 and s != 'x' and s <> 'y' %}a{% endif %}", "a"),
    ("{% if list == list and object != list and yes == true and n == 5.0 and 1 != true %}a{% endif %}", "a"),
    ("{% if empty_list == empty and '' == empty and s != empty %}a{% endif %}", "a"),
    # what is missing fails nothing
    ("[{{ missing }}{{ missing.x[0].y }}{{ list[9] }}{{ s.x }}{{ n[0] }}{{ object[list] }}{{ list['x'] }}]", "[]"),
    ("{% if missing > 1 %}a{% elsif missing < 1 %}b{% elsif missing >= 1 %}c{% elsif 1 <= missing %}d{% endif %}", ""),
    ("{% if missing == nil and missing == blank and missing != empty and blank == missing %}a{% endif %}", "a"),
    (
        "{% if blanks == blank and '' == blank and empty_list == blank and s != blank and no != blank %}a{% endif %}",
        "a",
    ),
    ("{% if missing contains 'a' %}a{% endif %}{% if s contains missing %}b{% endif %}", ""),
    ("{% for x in missing %}a{% else %}none{% endfor %}", "none"),
    ("{% for x in list limit: missing offset: missing %}{{ x }}{% endfor %}", "1234"),
    ("{% for x in (1..missing) %}a{% endfor %}{% for x in (missing..2) %}{{ x }}{% endfor %}", "012"),
    (
        "{% tablerow x in list cols: missing limit: 1 %}{{ x }}{% endtablerow %}",
        '<tr class="row1">\n<td class="col1">1</td></tr>\n',
    ),
    ("{% case missing %}{% when nil %}a{% endcase %}", "a"),
    (
        "{% cycle missing, 'b' %}{% cycle missing, 'b' %}{% cycle missing: 'x', 'y' %}{% cycle missing: 'x', 'y' %}",
        "bxy",
    ),
    # loops
    ("{% for x in list %}{{ x }}{% if forloop.last %}.{% else %},{% endif %}{% endfor %}", "1,2,3,4."),
    ("{% for x in list limit: 2 offset: 1 %}{{ x }}{% endfor %}", "23"),
    ("{% for x in list limit: 2 %}{% endfor %}{% for x in list offset: continue %}{{ x }}{% endfor %}", "34"),
    ("{% for x in list reversed %}{{ x }}{% endfor %}", "4321"),
    ("{% for x in (1..n) %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "1345"),
    ("{% for x in (1..n) %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}", "123"),
    ("{% for p in plain %}{{ p[0] }}={{ p[1] }};{{ p.first }}{{ p.last }}{% endfor %}", "b=2;b2c=3;c3"),
    ("{% for x in s %}{{ x }}{% endfor %}{% for x in n %}a{% endfor %}", "text"),
    (
        "{% for x in nested %}{% for y in x %}{{ forloop.parentloop.index }}{{ y }} {% endfor %}{% endfor %}",
        "11 12 23 ",
    ),
    ("{% for x in (4..5) %}{{ forloop.index }}{{ forloop.index0 }}{{ forloop.length }}{% endfor %}", "102212"),
    ("{% for x in (4..5) %}{{ forloop.rindex }}{{ forloop.rindex0 }} {% endfor %}", "21 10 "),
    ("{% for x in (1..2) %}{{ forloop.first }}{{ forloop.last }}{% endfor %}", "truefalsefalsetrue"),
    (
        "{% for x in list limit: 1 %}[{{ forloop.parentloop.index }}{{ forloop.parentloop }}{{ forloop }}]{% endfor %}",
        "[]",
    ),
    ("{% for x in list %}{% cycle 'a', 'b' %}{% endfor %}{% cycle 'g': 1, 2 %}{% cycle 'g': 1, 2 %}", "abab12"),
    ("{% cycle 'g': 1, 2, 3 %}{% cycle 'g': 1, 2, 3 %}{% cycle 'g': 1, 2 %}", "121"),
    (
        "{% tablerow x in list cols: 2 limit: 3 %}{{ tablerowloop.row }}{{ x }}{% endtablerow %}",
        TABLE,
    ),
    ("a{% break %}b", "a"),
    ("a{% continue %}b", "a"),
    # variables
    ("{% assign a = 1 %}{% assign a = a | plus: 1 %}{{ a }}", "2"),
    ("{% capture a %}{{ n }}-{{ s }}{% endcapture %}[{{ a }}]", "[5-text]"),
    ("{% increment i %}{% increment i %}{% decrement d %}{% decrement d %}{{ n }}", "01-1-25"),
    ("{% for x in list %}{% ifchanged %}{{ x | divided_by: 3 }}{% endifchanged %}{% endfor %}", "01"),
    ("{% echo s | upcase %}{% echo %}", "TEXT"),
    ("{% liquid\nassign a = 2\nfor x in list\necho x | times: a\nendfor %}", "2468"),
    # paths
    ("{{ object['my key'] }}{{ object[key] }}{{ list[0] }}{{ list[-1] }}{{ ['1'].x }}{{ n-1 }}", "7114oddhyphen"),
    ("{{ object.size }}{{ object.first }}{{ object.last }}", "mineoneend"),
    ("{{ list.size }}{{ list.first }}{{ list.last }}{{ s.size }}", "4144"),
    ("{{ plain.size }}{{ plain.first }}{{ plain.last }}{{ s.first }}{{ s.last }}{{ s[0] }}", '2["b",2]'),
    # Liquid's words are words where they mean nothing
    ("{{ words.limit }}{{ words.offset }}{{ words.in }}{{ words.empty }}{{ words.nil.true }}", "12345"),
    ("{% if words.and == words.and and words.contains contains 'c' %}a{% endif %}", "a"),
    ("{% for x in words.for limit: words.limit offset:words.limit %}{{ x }}{% endfor %}", "b"),
    ("{% assign limit = 3 %}{% assign offset = limit %}{{ limit | plus: offset }}{% echo limit %}", "63"),
    ("{% case words.or %}{% when words.or or 1 %}a{% endcase %}", "a"),
    # values become text as JSON has them
    ("{{ yes }} {{ no }} {{ n }} {{ f }} {{ nested }} {{ plain }}", 'true false 5 2.5 [[1,2],[3]] {"b":2,"c":3}'),
    ("{{ (1..3) }}{{ empty }}{{ blank }}{{ nil }}{{ 1.0 }}{{ -3 }}", "[1,2,3]1.0-3"),
    ("{{ plain | append: '' }}{{ 'x' | append: yes }}{{ nested | join: '' }}", '{"b":2,"c":3}xtrue123'),
]


@pytest.mark.parametrize(("source", "output"), DOCUMENTED)
def test_tag_does_what_is_documented(source: str, output: str) -> None:
    assert text(source, ROOTS) == output


REFUSED = [
    ("{% if s > 1 %}{% endif %}", "Here a value is of a kind that does not fit.", 1, 9),
    ("{% if n contains 1 %}{% endif %}", "Here a value is of a kind that does not fit.", 1, 9),
    ("ab{% if object contains list %}{% endif %}", "Here a value is of a kind that does not fit.", 1, 6),
    ("{% for x in list limit: s %}{% endfor %}", "Here a value is of a kind that does not fit.", 1, 25),
    ("{% for x in list limit: -1 %}{% endfor %}", "Here a value is of a kind that does not fit.", 1, 4),
    ("{{ s | unknown }}", "There is no filter `unknown`.", 1, 8),
    ("{{ s | append }}", "`append` takes 1 argument; here it is given 0.", 1, 8),
    ("{{ s | upcase: 1, 2 }}", "`upcase` takes 0 arguments; here it is given 2.", 1, 8),
    ("{{ s | slice: 1, 2, 3 }}", "`slice` takes 1 to 2 arguments; here it is given 3.", 1, 8),
    ("{{ s | default: 1, allow_true: true }}", "`default` takes no argument called allow_true.", 1, 8),
    ("{{ s | date: '%Y', now: 1 }}", "`date` takes no argument called now.", 1, 8),
    ("{{ [key].x }}", "A variable begins with a name.", 1, 4),
    ("{% if x %}{% for y in [key].x %}{% endfor %}{% endif %}", "A variable begins with a name.", 1, 23),
    ("{% assign vault = 1 %}", "A template cannot have a variable of its own named vault.", 1, 11),
    ("{% capture vault %}{% endcapture %}", "A template cannot have a variable of its own named vault.", 1, 12),
    ("{% for vault in x %}{% endfor %}", "A template cannot have a variable of its own named vault.", 1, 8),
    ("{% tablerow vault in x %}{% endtablerow %}", "A template cannot have a variable of its own named vault.", 1, 13),
    ("{{ a if b else c }}", "The template cannot be read: expected end of expression, found word.", 1, 6),
]


@pytest.mark.parametrize(("source", "sentence", "line", "column"), REFUSED)
def test_what_cannot_be_is_refused_with_its_place(source: str, sentence: str, line: int, column: int) -> None:
    error = refusal(source, ROOTS)
    assert (error.message, error.line, error.column) == (sentence, line, column)


@pytest.mark.parametrize(
    "path",
    ["__class__", "__class__.__mro__", "real", "keys", "items", "append", "format", "encode", "__len__", "upper"],
)
def test_no_attribute_of_a_python_object_is_reachable(path: str) -> None:
    for root in ("s", "n", "f", "yes", "list", "plain", "forloop"):
        assert text(f"{{% for x in list limit: 1 %}}{{{{ {root}.{path} }}}}{{% endfor %}}", ROOTS) == ""
        assert text(f"{{{{ {root}['{path}'] }}}}", ROOTS) == ""


def test_the_wall_clock_is_out_of_reach() -> None:
    assert text("{{ today }}{{ now }}", {"now": None}) == ""
