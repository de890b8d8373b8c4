"""Whoever calls the API need not know Python to understand what is wrong with a parameter."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from app.http.parameter_words import words_of


class Parameters(BaseModel):
    an_object: dict[str, int] = {}
    a_list: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    a_text: Annotated[str, Field(min_length=3, max_length=5)] = "abc"
    a_filled: Annotated[str, Field(min_length=1)] = "a"
    a_truth: bool = True
    a_whole: Annotated[int, Field(ge=1, le=9)] = 1
    a_number: float = 1
    a_choice: Literal["asc", "desc"] = "asc"
    an_own: str = ""
    a_name: Annotated[str, Field(pattern="^a$")] = "a"

    @field_validator("an_own")
    @classmethod
    def _is_fine(cls, own: str) -> str:
        if own:
            raise ValueError("must be left out.")
        return own


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"an_object": []}, "must be an object"),
        ({"a_list": {}}, "must be a list"),
        ({"a_list": []}, "needs at least 1; it has 0"),
        ({"a_list": [1, 2, 3]}, "takes at most 2; it has 3"),
        ({"a_text": 5}, "must be a text"),
        ({"a_text": "a"}, "must have at least 3 characters"),
        ({"a_text": "abcdef"}, "must have at most 5 characters"),
        ({"a_filled": ""}, "must not be empty"),
        ({"a_truth": "perhaps"}, "must be true or false"),
        ({"a_whole": "x"}, "must be a whole number"),
        ({"a_whole": 1.5}, "must be a whole number"),
        ({"a_whole": 0}, "must be at least 1"),
        ({"a_whole": 10}, "must be at most 9"),
        ({"a_number": "x"}, "must be a number"),
        ({"a_choice": "up"}, "must be 'asc' or 'desc'"),
        ({"an_own": "x"}, "must be left out"),
        ({"a_name": "b"}, "String should match pattern '^a$'"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Parameters.model_validate(given)
    assert [words_of(error) for error in caught.value.errors()] == [words]
