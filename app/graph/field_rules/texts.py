"""Rules about what a text is made of."""

from collections.abc import Callable, Mapping

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.field_rules.field import Field
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError
from app.graph.kinds import shown
from app.graph.operands import text_of
from app.graph.patterns import compile_pattern, is_found

_SHOWN_CHARACTERS = 60


def _of_letters(classes: str, ascii_classes: str, expected: str) -> Callable[[Parameters], Check]:
    """Return the binding of a rule about the letters of a text, of all alphabets or, with `ascii`, of the Latin one."""
    of_all, of_ascii = (compile_pattern(rf"\A[{one}]+\Z") for one in (classes, ascii_classes))

    def bind(parameters: Parameters) -> Check:
        pattern = of_all if parameters.given is None else of_ascii
        if pattern is of_ascii and parameters.text() != "ascii":
            raise WrongParametersError

        def check(field: Field) -> str | None:
            text = _written(field.value)
            return (
                None if text and is_found(pattern, text) else f"must have {expected} only; it is {shown(field.value)}"
            )

        return check

    return bind


def _written(value: JsonValue) -> str | None:
    """Return a text, or a number as text; None for everything else."""
    return text_of(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _by_pattern(*, wanted: bool) -> Callable[[Parameters], Check]:
    def bind(parameters: Parameters) -> Check:
        source = parameters.text()
        try:
            pattern = compile_pattern(source)
        except PermanentError as error:
            raise WrongParametersError(error.message) from None
        shown_pattern = source if len(source) <= _SHOWN_CHARACTERS else f"{source[:_SHOWN_CHARACTERS]}…"

        def check(field: Field) -> str | None:
            text = _written(field.value)
            if text is not None and is_found(pattern, text) is wanted:
                return None
            return f"must {'' if wanted else 'not '}match {shown_pattern}; it is {shown(field.value)}"

        return check

    return bind


def _by_end(holds: Callable[[str, tuple[str, ...]], bool], verb: str) -> Callable[[Parameters], Check]:
    def bind(parameters: Parameters) -> Check:
        ends = parameters.texts()
        listed = ", ".join(ends)[:_SHOWN_CHARACTERS]

        def check(field: Field) -> str | None:
            text = _written(field.value)
            if text is not None and holds(text, ends):
                return None
            return f"must {verb} one of {listed}; it is {shown(field.value)}"

        return check

    return bind


_MARKED, _LATIN = r"\p{L}\p{M}", "A-Za-z"

TEXT_RULES: Mapping[str, Rule] = {
    "alpha": Rule(_of_letters(_MARKED, _LATIN, "letters"), "alpha, or alpha:ascii"),
    "alpha_num": Rule(
        _of_letters(rf"{_MARKED}\p{{N}}", rf"{_LATIN}0-9", "letters and digits"), "alpha_num, or alpha_num:ascii"
    ),
    "alpha_dash": Rule(
        _of_letters(rf"{_MARKED}\p{{N}}_\-", rf"{_LATIN}0-9_\-", "letters, digits, dashes and underscores"),
        "alpha_dash, or alpha_dash:ascii",
    ),
    "regex": Rule(_by_pattern(wanted=True), "regex:/pattern/flags"),
    "not_regex": Rule(_by_pattern(wanted=False), "not_regex:/pattern/flags"),
    "starts_with": Rule(_by_end(str.startswith, "start with"), "starts_with:text,…"),
    "ends_with": Rule(_by_end(str.endswith, "end with"), "ends_with:text,…"),
}
