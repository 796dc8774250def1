"""Identity, for what goes through all its operations: callers, records and bodies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from kernel.values.days import instant_text, now
from kernel.values.ids import new_id
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.identity.people import PASSWORD, Identity, Person, bearer, form_of
from tests.support.answers import ok
from tests.support.contract import Operation

_AREA = {"area": HOME}
_QUERIES = {"read_identity_checksum": "type=account", "read_subject_checksum": "type=subject"}
_ANOTHER_SCOPE = {
    "list_revocations": "tokens.follow",
    "create_class_device": "training.write",
    "list_class_devices": "training.write",
    "revoke_class_device": "training.write",
    "list_subject_changes": "names.read",
    "report_requests": "requests.report",
    "read_subject_checksum": "names.read",
}


class IdentityFixture(ServiceFixture):
    open = frozenset()
    every_scope = "identity.admin"

    def __init__(self, identity: Identity) -> None:
        self.contract, self.identity, self.paths = identity.contract, identity, {}
        self._entering: httpx.AsyncClient | None = None
        self._people: dict[str, tuple[Person, str]] = {}
        self._recovery_codes: dict[str, list[str]] = {}

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> httpx.AsyncClient:
        if operation is not None and operation.path.startswith("/v1/identity/me"):
            if area == HOME and "second-factor" in operation.path:
                return self.identity.http_as(bearer((await self._own(operation))[1]))
            tokens = await self.identity.signed_in(await self.identity.person(area=area))
        elif operation is not None and operation.id.startswith("confirm_"):
            return (await self.identity.administrator(area)).http
        elif operation is not None and operation.id.startswith("withdraw_") and area == HOME:
            return await self._who_entered()
        else:
            needed = _ANOTHER_SCOPE.get(operation.id) if operation is not None else None
            system = await self.identity.system(scope or needed or self.every_scope, area=area)
            tokens = ok(await self.identity.token(auth=system.basic, grant_type="client_credentials"))
        return self.identity.http_as(bearer(tokens["access_token"]))

    async def stranger(self) -> httpx.AsyncClient:
        return self.identity.client()

    async def path(self, operation: Operation) -> str:
        if operation.id in ("show_sign_in", "submit_sign_in"):
            return self.identity.browser().address()
        if operation.id in _QUERIES:
            return f"{operation.path}?{_QUERIES[operation.id]}"
        if operation.id == "read_identity_code_list":
            return operation.path.format(name="roles")
        if operation.id == "list_identity_approvals":
            await self._waiting("account_id")
        if operation.id == "list_revocations":
            reset = f"/v1/identity/accounts/{(await self.identity.person()).id}/password-reset"
            client = await self.caller(area="VN")
            ok(await client.post(reset, json={"reason": "Quên mật khẩu"}))
            await self.identity.app.state.revocations.look(self.identity.app)
        if operation.id == "remove_client_secret":
            system = await self.identity.system()
            record = ok(await (await self.caller(area="VN")).get(f"/v1/identity/clients/{system.id}"))
            return operation.path.format(client_record_id=system.id, secret_id=record["secrets"][0]["id"])
        if operation.id == "revoke_class_device":
            create = next(each for each in self.contract.operations if each.id == "create_class_device")
            client = await self.caller(operation=operation)
            device = ok(await client.post(create.path, json=(await self.body(create)).json), 201)
            return operation.path.format(class_device_id=device["id"])
        if operation.id == "reset_second_factor":
            person = await self.identity.person()
            await self.identity.enrolled(person)
            return operation.path.format(account_id=person.id)
        if operation.id == "erase_account":
            id_ = (await self.identity.person()).id
            account, client = f"/v1/identity/accounts/{id_}", await self.caller(area="VN")
            ok(await client.patch(account, json={"is_active": False}, headers={"If-Match": '"1"'}))
            return operation.path.format(account_id=id_)
        if operation.path_parameters and operation.path.endswith(("/confirmation", "/withdrawal")):
            return operation.path.format(**{name: await self._waiting(name) for name in operation.path_parameters})
        made: dict[str, Callable[[], Awaitable[Any]]] = {
            "account_id": self.identity.person,
            "client_record_id": self.identity.system,
        }
        return operation.path.format(**{name: (await made[name]()).id for name in operation.path_parameters})

    async def _who_entered(self) -> httpx.AsyncClient:
        """Return who enters what waits, and may withdraw it: always the same."""
        if self._entering is None:
            self._entering = (await self.identity.administrator(HOME)).http
        return self._entering

    async def _waiting(self, parameter: str) -> str:
        """Enter a change that waits for a second person."""
        if parameter == "account_id":
            id_, path, body = (await self.identity.person()).id, "accounts", {"roles": ["report_approver"]}
        else:
            id_, path, body = (await self.identity.system()).id, "clients", {"scopes": ["registry.write"]}
        officer = await self._who_entered()
        ok(await officer.patch(f"/v1/identity/{path}/{id_}", json=body, headers={"If-Match": '"1"'}))
        return id_

    async def body(self, operation: Operation) -> Body:
        number = next(NUMBERS)
        match operation.id:
            case "create_account":
                return Body(
                    json={"username": f"thao.le{number}", "full_name": "Lê Thị Thảo", "roles": ["viewer"], **_AREA}
                )
            case "change_account":
                return Body(json={"full_name": "Nguyễn Thị Lan"})
            case "erase_account":
                return Body(json={"ground": "own_request", "document_number": "05/YC-2026"})
            case "reset_password":
                return Body(json={"reason": "Quên mật khẩu"})
            case "create_client":
                return Body(json={"name": f"Phần mềm kế toán {number}", "scopes": ["registry.read"], **_AREA})
            case "change_client":
                return Body(json={"name": f"Phần mềm kế toán {number}"})
            case "create_class_device":
                return Body(
                    json={
                        "class_id": new_id(),
                        "name": f"Điện thoại ở cửa {number}",
                        "ends_at": instant_text(now() + timedelta(days=2)),
                    }
                )
            case "create_client_secret":
                return Body(json={"overlap_seconds": 60})
            case "confirm_account" | "confirm_client":
                return Body(json={"decision": "reject", "reason": "Chưa có quyết định"})
            case "withdraw_account" | "withdraw_client":
                return Body(json={"reason": "Nhập nhầm"})
            case "change_own_password":
                return Body(json={"current_password": PASSWORD, "new_password": "một câu dài và khác hẳn"})
            case "reset_second_factor":
                return Body(json={"reason": "Mất điện thoại"})
            case "enrol_second_factor":
                return Body(json={"current_password": PASSWORD})
            case "confirm_second_factor" | "renew_own_recovery_codes" | "remove_own_second_factor":
                return await self._code(operation)
            case "report_requests":
                at = f"gateway-{number}"
                return Body(json={"source": at, "behind": "", "position": "1", "dropped": 0, "items": []})
            case "submit_sign_in":
                return await self._sign_in()
            case "issue_token":
                system = await self.identity.system()
                secret = {"client_id": system.client_id, "client_secret": system.secret}
                return Body(form={"grant_type": "client_credentials", **secret})
        tokens = await self.identity.signed_in(await self.identity.person())
        return Body(
            form={
                "client_id": "vca-web",
                {"revoke_token": "token"}.get(operation.id, "refresh_token"): tokens["refresh_token"],
            }
        )

    async def _code(self, operation: Operation) -> Body:
        """Return a code that is good for who calls the operation."""
        person, _ = await self._own(operation)
        if operation.id == "confirm_second_factor":
            begun = await self.identity.begun(person)
            return Body(json={"enrolment": begun["enrolment"], "code": pyotp.TOTP(begun["secret"]).now()})
        if operation.id not in self._recovery_codes:
            _, self._recovery_codes[operation.id] = await self.identity.enrolled(person)
        return Body(json={"code": self._recovery_codes[operation.id].pop()})

    async def _own(self, operation: Operation) -> tuple[Person, str]:
        """Return whose second factor an operation is about, and that person's token: the same for body and caller."""
        if operation.id not in self._people:
            person = await self.identity.person()
            self._people[operation.id] = person, (await self.identity.signed_in(person))["access_token"]
        return self._people[operation.id]

    async def _sign_in(self) -> Body:
        browser, person = self.identity.browser(), await self.identity.person()
        page = await browser.open()
        form = {**form_of(page).fields, "username": person.username, "password": person.password}
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        return Body(form=form, headers={"Cookie": cookies, "Accept": "text/html"})

    async def version(self, path: str) -> str:
        client: Any = await self.caller(area="VN")
        return f'"{ok(await client.get(path.partition("/secrets")[0].removesuffix("/erasure")))["version"]}"'
