"""What the registry's facts say about a party: what it is called, where it is, and whether it may borrow at all."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.feed.organizations import Organization, meet, organization
from kernel.problems import FieldError, Invalid
from kernel.values import geography
from kernel.values.wording import quoted
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import problems
from services.funds.lending.borrowers.schemas import BorrowerCreate
from services.funds.rows import BorrowerRow

_OWN, _BENEFICIARY = "/organization_id", "/beneficiary_organization_id"


async def meet_parties(call: Call, body: Any) -> None:
    """Have the facts of the organizations that a body (or a patch) names, before the transaction."""
    await meet(call, [body.organization_id, body.beneficiary_organization_id])


def refuse_kind(kind: str) -> None:
    """Raise the refusal of a party that cannot borrow, whoever asks."""
    if kind == "cooperative_group":
        raise problems.GroupCannotBorrow()
    if kind in codes.NO_BORROWERS:
        raise problems.EnterpriseCannotBorrow(kind=kind)


async def registered_borrower(
    tx: Transaction, call: Call, body: BorrowerCreate, row: BorrowerRow | None
) -> Organization | None:
    """Return the organization that borrows, where the registry told of it; None for a person, and where nothing is known.

    A correction that leaves the organization as it was is not judged again: it may have ended since, and its loans run on.
    Raises GroupCannotBorrow, EnterpriseCannotBorrow by what it is, whatever the body calls it; Invalid for another kind.
    """
    if body.organization_id is None or (row is not None and row["organization_id"] == body.organization_id):
        return None
    registered = await organization(tx, call, body.organization_id, _OWN)
    if registered is None:
        return None
    refuse_kind(registered.type)
    # A cooperative that is a member of a union or of another cooperative borrows as such a member.
    if body.kind not in (registered.type, "member_organization"):
        raise _differs("/kind", registered.type)
    return registered


async def beneficiary(tx: Transaction, call: Call, body: BorrowerCreate, row: BorrowerRow | None) -> dict[str, Any]:
    """Return name and kind of the organization that a member belongs to, from the registry where they were left out.

    Raises Invalid for an enterprise, which has no members of this sense, and for another kind than it is.
    """
    as_sent = {
        "beneficiary_organization_name": body.beneficiary_organization_name,
        "beneficiary_kind": body.beneficiary_kind,
    }
    id_ = body.beneficiary_organization_id
    if id_ is None or (row is not None and row["beneficiary_organization_id"] == id_):
        return as_sent
    registered = await organization(tx, call, id_, _BENEFICIARY)
    if registered is None:
        return as_sent
    if registered.type == "enterprise":
        words = (
            "Doanh nghiệp không phải hợp tác xã hay tổ hợp tác.",
            "An enterprise is no cooperative and no group.",
        )
        raise Invalid(FieldError("not_a_cooperative", words, pointer=_BENEFICIARY))
    if body.beneficiary_kind not in (None, registered.type):
        raise _differs("/beneficiary_kind", registered.type)
    return {
        "beneficiary_organization_name": body.beneficiary_organization_name or registered.name,
        "beneficiary_kind": registered.type,
    }


def _differs(pointer: str, type_: str) -> Invalid:
    labels = {**codes.BENEFICIARY_KINDS, **codes.NO_BORROWERS}
    words = (
        f"Theo sổ đăng ký, loại hình của tổ chức là {quoted(labels, type_, 'vi')}; hãy chọn loại đó.",
        f"By the registry the organization is a {quoted(labels, type_, 'en')}; choose that kind.",
    )
    return Invalid(FieldError("differs_from_registry", words, pointer=pointer))


def described(body: BorrowerCreate, registered: Organization | None) -> dict[str, Any]:
    """Return name, code and commune: as the body says them, else as the registry does. Raises Invalid without a name."""
    commune_code, commune_map = body.commune_code, body.commune_map
    name, code = body.name, body.organization_code
    if registered is not None:
        name, code = name or registered.name, code or registered.code
        # A commune merged away before March 2025 is on neither map: the provinces are known, the commune is not kept.
        if (
            commune_code is None
            and registered.commune_code
            and geography.place(registered.commune_code, str(registered.commune_map))
        ):
            commune_code, commune_map = registered.commune_code, registered.commune_map
    if name is None:
        raise Invalid(
            FieldError(
                "required",
                ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
                pointer="/name",
            )
        )
    return {"name": name, "organization_code": code, "commune_code": commune_code, "commune_map": commune_map}
