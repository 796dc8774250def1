"""Faults of the input: Pydantic's own errors and ours, said in both languages with stable codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from kernel.problems import Fault

# Pydantic's error type → our code, Vietnamese, English. Braces name members of Pydantic's context.
_KNOWN: dict[str, tuple[str, str, str]] = {
    "missing": ("required", "Thiếu giá trị bắt buộc.", "This value is required."),
    "extra_forbidden": ("unknown_field", "Không có trường này.", "There is no such field."),
    "int_type": ("not_an_integer", "Cần một số nguyên.", "Give an integer."),
    "int_parsing": ("not_an_integer", "Cần một số nguyên.", "Give an integer."),
    "int_from_float": ("not_an_integer", "Cần một số nguyên.", "Give an integer."),
    "int_parsing_size": ("too_large", "Số quá lớn.", "The number is too large."),
    "bool_type": ("not_a_boolean", "Cần true hoặc false.", "Give true or false."),
    "bool_parsing": ("not_a_boolean", "Cần true hoặc false.", "Give true or false."),
    "string_type": ("not_a_string", "Cần một chuỗi.", "Give a string."),
    "string_too_long": ("too_long", "Tối đa {max_length} ký tự.", "At most {max_length} characters."),
    "string_too_short": ("too_short", "Ít nhất {min_length} ký tự.", "At least {min_length} characters."),
    "string_pattern_mismatch": ("wrong_format", "Sai định dạng.", "The format is wrong."),
    "list_type": ("not_a_list", "Cần một danh sách.", "Give a list."),
    "too_long": ("too_many", "Tối đa {max_length} phần tử.", "At most {max_length} items."),
    "too_short": ("too_few", "Ít nhất {min_length} phần tử.", "At least {min_length} items."),
    "dict_type": ("not_an_object", "Cần một đối tượng.", "Give an object."),
    "model_type": ("not_an_object", "Cần một đối tượng.", "Give an object."),
    "model_attributes_type": ("not_an_object", "Cần một đối tượng.", "Give an object."),
    "greater_than_equal": ("too_small", "Nhỏ nhất là {ge}.", "At least {ge}."),
    "greater_than": ("too_small", "Phải lớn hơn {gt}.", "More than {gt}."),
    "less_than_equal": ("too_large", "Lớn nhất là {le}.", "At most {le}."),
    "less_than": ("too_large", "Phải nhỏ hơn {lt}.", "Less than {lt}."),
    "literal_error": ("not_allowed", "Phải là một trong: {expected}.", "One of: {expected}."),
    "none_required": ("not_null", "Phải để trống (null).", "This must be null."),
}


def fault(code: str, vi: str, en: str, *, at: str | None = None) -> PydanticCustomError:
    """Return the error that a validator raises: a stable code and words in both languages.

    `at` names the field that is at fault where a whole object is judged.
    """
    return PydanticCustomError(code, "{en}", {"vi": vi, "en": en, "ours": True, "at": at})


def as_fault(error: PydanticCustomError, *, pointer: str | None = None, parameter: str | None = None) -> Fault:
    """Return what a validator raised (`fault`) outside Pydantic, with the place it is about."""
    context = error.context or {}
    return Fault(error.type, (context["vi"], context["en"]), pointer=pointer, parameter=parameter)


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of `path`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def faults_of(errors: Iterable[Mapping[str, Any]], *, prefix: tuple[str | int, ...] = ()) -> list[Fault]:
    """Return the faults that Pydantic's or FastAPI's `errors` stand for; `prefix` leads each pointer.

    FastAPI's locations begin with body, query, header or path; a plain model's begin with the field.
    """
    found = []
    for error in errors:
        context = error.get("ctx") or {}
        if context.get("ours"):
            code, vi, en = error["type"], context["vi"], context["en"]
        else:
            known = _KNOWN.get(error["type"], ("invalid", "Giá trị không hợp lệ.", "The value is not valid."))
            code, vi, en = known[0], known[1].format_map(context), known[2].format_map(context)
        location = tuple(error["loc"])
        if context.get("at"):
            location += (context["at"],)
        if location and location[0] in ("query", "header", "path", "cookie") and not prefix:
            found.append(Fault(code, (vi, en), parameter=str(location[-1])))
        else:
            if location and location[0] == "body" and not prefix:
                location = location[1:]
            found.append(Fault(code, (vi, en), pointer=pointer((*prefix, *location))))
    return found
