"""Time is looked at wherever it goes, all templates of a step share its limits, and up to the limits all works."""

import pytest

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import StepBudget, ValueTemplate, limits
from tests.unit.template.hostility import TickingClock, rendered, still

pytestmark = pytest.mark.timeout(20)

DEEP: JsonValue = []
for _ in range(900):
    DEEP = [DEEP]

TURNS = "The loops of this step's templates make more than 10000 turns."
OUTPUT = "The templates of this step render to more than 1048576 bytes together."

HARMLESS: dict[str, tuple[str, str]] = {
    "tags never closed": ("{{ '<' | append: x | strip_html | size }}", "500001"),
    "scripts never closed": ("{{ scripts | strip_html | size }}", "700000"),
    "comments never closed": ("{{ comments | strip_html | size }}", "400000"),
    "ampersands": ("{{ ampersands | escape_once | size }}", "500000"),
    "a number of endless length": ("{{ digits | plus: 1 }}", "1"),
    "a date of endless length": ("{{ digits | date: '%Y' | size }}", "500000"),
    "lists within lists": ("{{ d | reverse | size }}", "0"),
    "a range at its limit": ("{{ (1..10000) | size }}", "10000"),
    "a range far out": ("{{ (999999999999999999990..999999999999999999991) | size }}", "2"),
    "turns at their limit": ("{% for a in (1..10000) %}{% endfor %}", ""),
    "outputs at their limit": ("{{ limit }}", "x" * limits.OUTPUT_BYTES),
    "a replacement at its limit": ("{{ half | replace: 'x', 'xx' | size }}", str(limits.TEXT_LENGTH)),
    "a list at its limit": ("{{ half_list | concat: half_list | size }}", "10000"),
    "compared at its limit": ("{{ (1..2000) | sort | uniq | size }}", "2000"),
    "parts at their limit": ("{{ parts | split: ',' | size }}", "10000"),
    "characters at their limit": ("{{ tenth | split: '' | size }}", "10000"),
    "nesting at its limit": ("{% if true %}" * 20 + "x" + "{% endif %}" * 20, "x"),
    "loops nested at the limit": ("{% for a in (1..1) %}" * 20 + "x" + "{% endfor %}" * 20, "x"),
    "filters at their limit": ("{{ 'a'" + " | upcase" * 500 + " }}", "A"),
    "brackets at their limit": ("{{ a" + "[a" * 50 + "]" * 50 + " }}", ""),
    "operators at their limit": ("{% if false " + "or false " * 100 + "%}a{% endif %}b", "b"),
    "a number at its limit": (f"{{{{ {2**256 - 1} | plus: 0 }}}}", str(2**256 - 1)),
    "a list of the longest text": ("{{ longest }}", f'["{"y" * (limits.TEXT_LENGTH - 8)}",0,1]'),
    "lists kept at the limit": ("".join(f"{{% assign a{i} = ten | reverse %}}" for i in range(209)), ""),
    "a text made unique at its limit": ("{{ quoted | uniq | size }}", "1"),
    "texts sorted at their limit": ("{{ halves | sort | size }}", "2"),
    "JSON at its limit": ("{{ quoted[0] | json | size }}", str(limits.TEXT_LENGTH)),
    "a join at its limit": ("{{ (1..9) | join: g9 | size }}", str(9 + 8 * 100_000)),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_hostile_is_rendered(name: str) -> None:
    source, output = HARMLESS[name]
    roots: dict[str, JsonValue] = {
        "x": "<" * 500_000,
        "scripts": "<script" * 100_000,
        "comments": "<!--" * 100_000,
        "ampersands": "&" * 100_000,
        "digits": "9" * 500_000,
        "d": DEEP,
        "limit": "x" * limits.OUTPUT_BYTES,
        "longest": ["y" * (limits.TEXT_LENGTH - 8), 0, 1],
        "ten": [0] * 10_000,
        "quoted": ["q" * (limits.TEXT_LENGTH - 2)],
        "halves": ["h" * (limits.TEXT_LENGTH // 2)] * 2,
        "half": "x" * (limits.TEXT_LENGTH // 2),
        "half_list": [0] * 5_000,
        "parts": ",".join("a" * 10_000),
        "tenth": "a" * 10_000,
        "g9": "g" * 100_000,
    }
    assert rendered(source, roots) == output


TIMED = {
    "a loop": "{% for i in (1..10000) %}{% endfor %}",
    "filters": "{{ 'a'" + " | upcase" * 499 + " }}",
    "outputs": "{{ x }}" * 5_000,
    "conditions": "{% if x == y %}{% endif %}" * 2_400,
    "comparisons in a case": "{% case x %}{% when " + ",".join("y" * 20_000) + " %}{% endcase %}",
    "loops over nothing": "{% for i in x.none %}{% endfor %}" * 1_900,
    "cycles": "{% cycle x, y %}" * 4_000,
    "variables": "{% assign a = x %}" * 3_600,
    "lengths": "{{ x.size }}" * 5_000,
    "captures": "{% capture a %}{{ x }}{% endcapture %}" * 1_700,
    "cases in a loop": "{% for i in (1..400) %}{% case 1 %}{% when 1 %}{% endcase %}{% endfor %}",
}


@pytest.mark.parametrize("name", TIMED)
def test_time_is_looked_at_before_all_that_takes_time(name: str) -> None:
    clock = TickingClock()
    with pytest.raises(TemplateError) as caught:
        rendered(TIMED[name], {"x": [1], "y": [1]}, StepBudget(clock))
    assert caught.value.message == "The templates of this step took longer than 250 ms together."
    assert clock.looks <= 255


def test_all_templates_of_a_step_share_its_time() -> None:
    budget = StepBudget(TickingClock())
    for _ in range(3):
        rendered("{{ x }}" * 70, budget=budget)
    with pytest.raises(TemplateError):
        rendered("{{ x }}" * 70, budget=budget)


def test_all_templates_of_a_step_share_its_turns_and_its_output() -> None:
    budget = StepBudget(still)
    rendered("{% for i in (1..6000) %}{% endfor %}" + "x" * 10, budget=budget)
    with pytest.raises(TemplateError) as caught:
        rendered("{% for i in (1..6000) %}{% endfor %}", budget=budget)
    assert caught.value.message == TURNS
    rendered("{{ m }}", {"m": "x" * 1_000_000}, budget)
    with pytest.raises(TemplateError) as caught:
        ValueTemplate("{{ m }}").render({"m": ["x" * 50_000]}, budget)
    assert caught.value.message == OUTPUT


def test_a_value_handed_on_many_times_counts_as_output_each_time() -> None:
    template = ValueTemplate(["{{ x }}"] * 1_000)
    with pytest.raises(TemplateError) as caught:
        template.render({"x": {"a": "b" * 2_000}}, StepBudget(still))
    assert caught.value.message.endswith(OUTPUT)
