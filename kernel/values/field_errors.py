"""Faults of the input: Pydantic's own errors and ours, said in both languages with stable codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

# Pydantic's error type → our code, Vietnamese, English. Braces name members of Pydantic's context.
_KNOWN: dict[str, tuple[str, str, str]] = {
    "missing": ("required", "Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
    "extra_forbidden": (
        "unknown_field",
        "Không có mục này; hãy bỏ đi hoặc sửa tên.",
        "There is no such field; leave it out or correct its name.",
    ),
    "int_type": ("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number."),
    "int_parsing": ("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number."),
    "int_from_float": ("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number."),
    "int_parsing_size": ("too_large", "Số quá lớn; hãy kiểm tra lại.", "The number is too large; check it."),
    "bool_type": ("not_a_boolean", "Hãy chọn có (true) hoặc không (false).", "Give yes (true) or no (false)."),
    "bool_parsing": ("not_a_boolean", "Hãy chọn có (true) hoặc không (false).", "Give yes (true) or no (false)."),
    "string_type": ("not_a_string", "Hãy ghi một đoạn chữ.", "Give a text."),
    "string_too_long": ("too_long", "Tối đa {max_length} ký tự.", "At most {max_length} characters."),
    "string_too_short": ("too_short", "Ít nhất {min_length} ký tự.", "At least {min_length} characters."),
    "string_pattern_mismatch": (
        "wrong_format",
        "Sai cách ghi; hãy xem ví dụ trong tài liệu.",
        "The format is wrong; see the example in the documentation.",
    ),
    "list_type": ("not_a_list", "Hãy gửi một danh sách.", "Give a list."),
    "too_long": ("too_many", "Tối đa {max_length} mục.", "At most {max_length} items."),
    "too_short": ("too_few", "Ít nhất {min_length} mục.", "At least {min_length} items."),
    "dict_type": ("not_an_object", "Hãy gửi một nhóm các mục có tên.", "Give an object."),
    "model_type": ("not_an_object", "Hãy gửi một nhóm các mục có tên.", "Give an object."),
    "model_attributes_type": ("not_an_object", "Hãy gửi một nhóm các mục có tên.", "Give an object."),
    "greater_than_equal": ("too_small", "Nhỏ nhất là {ge}.", "At least {ge}."),
    "greater_than": ("too_small", "Phải lớn hơn {gt}.", "More than {gt}."),
    "less_than_equal": ("too_large", "Lớn nhất là {le}.", "At most {le}."),
    "less_than": ("too_large", "Phải nhỏ hơn {lt}.", "Less than {lt}."),
    "literal_error": (
        "not_allowed",
        "Hãy chọn một giá trị nêu trong tài liệu.",
        "Choose one that the documentation lists.",
    ),
    "none_required": ("not_null", "Hãy để trống mục này.", "Leave this empty."),
}


class FieldError:
    """One thing wrong with the input: where it is, a stable code, and words in both languages.

    `allowed`: the codes of a closed list, for programs; people read their labels in `detail`. `label`: what the field is
    called in both languages; put in where it is known which schema the pointer goes through. `merged_into`: the id of the
    record to name instead.
    """

    __slots__ = ("allowed", "code", "detail", "label", "merged_into", "parameter", "pointer")

    def __init__(
        self,
        code: str,
        detail: tuple[str, str],
        *,
        pointer: str | None = None,
        parameter: str | None = None,
        allowed: Sequence[str] | None = None,
        merged_into: str | None = None,
    ) -> None:
        self.code, self.detail, self.pointer, self.parameter = code, detail, pointer, parameter
        self.allowed, self.merged_into = allowed, merged_into
        self.label: tuple[str, str] | None = None

    def document(self, language: str) -> dict[str, Any]:
        """Return the fault as it stands in `errors`."""
        where: dict[str, Any] = {"pointer": self.pointer} if self.parameter is None else {"parameter": self.parameter}
        made: dict[str, Any] = {**where, "code": self.code, "detail": self.detail[1 if language == "en" else 0]}
        if self.allowed is not None:
            made["allowed"] = list(self.allowed)
        if self.merged_into is not None:
            made["merged_into"] = self.merged_into
        return made


def field_error(
    code: str, vi: str, en: str, *, at: str | None = None, allowed: Sequence[str] | None = None
) -> PydanticCustomError:
    """Return the error that a validator raises: a stable code and words in both languages.

    `at` names the field that is at fault where a whole object is judged ("opening/as_of" one within it); `allowed` lists the codes of a closed list.
    """
    return PydanticCustomError(code, "{en}", {"vi": vi, "en": en, "ours": True, "at": at, "allowed": allowed})


def field_errors_within(faults: Iterable[FieldError]) -> ValidationError:
    """Return the error that the validator of a field raises for faults of what is in it, by the names they have as parameters."""
    return ValidationError.from_exception_data(
        "within",
        [
            InitErrorDetails(
                type=field_error(fault.code, *fault.detail, allowed=fault.allowed),
                loc=(fault.parameter or "",),
                input=None,
            )
            for fault in faults
        ],
    )


def as_fault(error: PydanticCustomError, *, pointer: str | None = None, parameter: str | None = None) -> FieldError:
    """Return what a validator raised (`fault`) outside Pydantic, with the place it is about."""
    context = error.context or {}
    words = (context["vi"], context["en"])
    return FieldError(error.type, words, pointer=pointer, parameter=parameter, allowed=context.get("allowed"))


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of `path`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def field_errors_of(errors: Iterable[Mapping[str, Any]], *, prefix: tuple[str | int, ...] = ()) -> list[FieldError]:
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
            location += tuple(context["at"].split("/"))
        if location and location[0] in ("query", "header", "path", "cookie") and not prefix:
            # Of one that is repeated the place of the value comes behind its name.
            name = str(location[:2][-1])
            found.append(FieldError(code, (vi, en), parameter=name, allowed=context.get("allowed")))
        else:
            if location and location[0] == "body" and not prefix:
                location = location[1:]
            found.append(
                FieldError(code, (vi, en), pointer=pointer((*prefix, *location)), allowed=context.get("allowed"))
            )
    return found
