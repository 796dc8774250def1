"""The registry, for the checks of every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from kernel.values.ids import new_id
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.registry.builders import (
    FACTS,
    PATH,
    Make,
    Record,
    a_chain,
    a_code,
    a_cooperative,
    a_coverage,
    a_rating,
    a_statistic,
    a_succession,
    a_team,
    an_officer,
)
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.support.waiting import ended_job

_PDF = b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class RegistryFixture(ServiceFixture):
    open = frozenset(
        {"read_registry_live", "read_registry_ready", "download_registry_file", "download_registry_export"}
    )
    common = frozenset({"read_admin_unit", "read_registry_code_list", "read_rating_scheme", *open})
    every_scope = "registry.read registry.write sync.read sync.write identity.admin"

    def __init__(self, registry: ApiClient, make: Make, paths: dict[str, str]) -> None:
        self.contract, self.registry, self.make, self.paths = registry.contract, registry, make, paths

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> ApiClient:
        return self.registry.as_(scope=self.every_scope if scope is None else scope, area=area)

    async def stranger(self) -> ApiClient:
        return self.registry.anonymous()

    async def _record(self, parameter: str) -> str:
        match parameter:
            case "organization_id":
                return str((await self.make.organization()).id)
            case "member_team_id":
                return str((await self.make.team(organization_ids=[(await self.make.organization()).id])).id)
            case "coverage_id":
                return str((await self.make.coverage()).id)
            case "admin_unit":
                return HOME
            case "file_id":
                return str((await self._file())["id"])
            case "officer_id":
                return str((await self.make.officer(await self.make.organization())).id)
            case "rating_id":
                return str((await self.make.rating(await self.make.organization())).id)
            case "succession_id":
                body = (await _succession(self)).json
                return str(ok(await self.registry.as_(area=HOME).post(f"{PATH}/successions", json=body), 201)["id"])
            case "code":
                return "circular_01_2020"
            case "job_id":
                return str((await self._job())["id"])
            case "value_chain_id":
                return str((await self.make.chain(await self.make.organization())).id)
            case "cooperative_model_id":
                return str((await self.make.fact("models", await self.make.organization())).id)
        plural = parameter.removesuffix("_id").replace("_", "-") + "s"
        return str((await self.make.fact(plural, await self.make.organization())).id)

    async def _merged(self) -> str:
        duplicate, kept = await self.make.organization(), await self.make.organization()
        body = {"into": kept.id, "reason": _remark()}
        ok(await self.registry.post(f"{PATH}/organizations/{duplicate.id}/deduplication", json=body), 201)
        return str(duplicate.id)

    async def _file(self) -> dict[str, Any]:
        client = await self.caller()
        operation = next(o for o in self.contract.operations if o.id == "upload_registry_file")
        return ok(await self.call(operation, client=client), 201)

    async def _job(self) -> dict[str, Any]:
        client = await self.caller()
        return ok(await client.post(f"{PATH}/exports", json={"type": "organization"}), 202)

    async def _finished_job(self) -> dict[str, Any]:
        client, job = await self.caller(), await self._job()
        ended = await ended_job(client, f"{PATH}/jobs/{job['id']}")
        assert ended["state"] == "succeeded", ended
        return ended

    async def path(self, operation: Operation) -> str:
        match operation.id:
            case "download_registry_file":
                address = (await self._file())["url"]
                return "?".join(urlsplit(address)[2:4])
            case "read_registry_job":
                return operation.path.format(job_id=(await self._finished_job())["id"])
            case "download_registry_export":
                address = (await self._finished_job())["result"]["files"][0]["url"]
                return "?".join(urlsplit(address)[2:4])
            case "read_registry_code_list":
                return f"{PATH}/code-lists/governances"
            case "list_registry_history":
                return f"{operation.path}?recorded_after=2026-01-01T00:00:00Z"
            case "list_indicator_values":
                return f"{operation.path}?from=2023-01-01&to=2023-12-31"
            case "list_missing_organization_statistics" | "read_organization_statistic_import_template":
                return f"{operation.path}?period=2022"
            case "read_organization_size_class":
                return operation.path.format(organization_id=await self._record("organization_id")) + "?year=2024"
            case "read_registry_checksum":
                return f"{operation.path}?type=organization"
            case "remove_organization":
                return operation.path.format(organization_id=await self._record("organization_id")) + "?reason=nhầm"
            case "read_organization_deduplication" | "reverse_organization_deduplication":
                return operation.path.format(organization_id=await self._merged())
            case "withdraw_rating":
                # Who entered it alone withdraws it.
                body = (await _of_organization(a_rating)(self)).json
                rating = ok(await self.registry.as_(area=HOME).post(f"{PATH}/ratings", json=body), 201)
                return operation.path.format(rating_id=rating["id"])
            case "erase_officer":
                former = await self.make.officer(await self.make.organization(), term_to="2023-01-15")
                return operation.path.format(officer_id=former.id)
            case "erase_legal_representative":
                named = await self.make.organization(legal_representatives=[{"full_name": "Nguyễn Văn Bình"}])
                await self.make.changed(named, legal_representatives=[])
                return operation.path.format(organization_id=named.id)
            case "erase_contact":
                named = await self.make.organization(contacts=[{"kind": "phone", "value": "0912345678"}])
                return operation.path.format(organization_id=named.id)
            case "erase_team_leader":
                team = await self.make.team(leader_name="Nguyễn Văn Bình", ended_on="2024-01-15")
                return operation.path.format(member_team_id=team.id)
            case "erase_value_chain_party":
                party = {"role": "trader", "party_name": "Nguyễn Văn Bình", "party_kind": "household"}
                chain = await self.make.chain(await self.make.organization(), party)
                return operation.path.format(value_chain_id=chain.id)
            case "read_officer_personal_data":
                return operation.path.format(officer_id=await self._record("officer_id")) + "?purpose=liên hệ"
        ids = {name: await self._record(name) for name in operation.path_parameters}
        return operation.path.format(**ids)

    async def body(self, operation: Operation) -> Body:
        body: Body = await _BODIES[operation.body_schema() or ""](self)
        if "organization_id" in operation.path_parameters:
            body.json.pop("organization_id", None)
        return body

    async def version(self, path: str) -> str:
        record = "/".join(path.partition("?")[0].split("/")[:5])
        answer = await self.registry.as_(area="VN").get(record)
        return f'"{ok(answer)["version"]}"'


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


def _ground() -> dict[str, Any]:
    return {"ground": "own_request", "document_number": f"{next(NUMBERS)}/ĐN"}


Builder = Callable[[RegistryFixture], Any]


async def _into(service: RegistryFixture) -> Body:
    return Body(json={"into": (await service.make.organization()).id, "reason": _remark()})


async def _succession(service: RegistryFixture) -> Body:
    one, other = await service.make.organization(), await service.make.organization()
    return Body(json=a_succession("merger", [one.id, other.id], [one.id], reason=_remark()))


async def _upload(service: RegistryFixture) -> Body:
    # Byte by byte the same when sent again: a boundary of our own.
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="qd-%d.pdf"\r\n\r\n' % next(NUMBERS)
    return Body(
        content=part + _PDF + b"\r\n--edge--\r\n", headers={"Content-Type": "multipart/form-data; boundary=edge"}
    )


async def _import(service: RegistryFixture) -> Body:
    row = a_cooperative()
    seat = row["seat"]
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="ds.csv"\r\n\r\n'
    table = f"type,code,name,commune_code,commune_map\r\n{row['type']},{row['code']},{row['name']}"
    table += f",{seat['commune_code']},{seat['commune_map']}\r\n"
    return Body(
        content=part + table.encode() + b"\r\n--edge--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )


def _imported(plural: str) -> Builder:
    async def build(service: RegistryFixture) -> Body:
        organization = await service.make.organization()
        fields = {"organization_code": organization.code, **{**FACTS, "officers": an_officer}[plural]()}
        table = "\r\n".join(",".join(map(str, each)) for each in (fields, fields.values()))
        part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="ds.csv"\r\n\r\n'
        return Body(
            content=part + table.encode() + b"\r\n--edge--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=edge"},
        )

    return build


def _plain(make: Callable[[], dict[str, Any]]) -> Builder:
    async def build(service: RegistryFixture) -> Body:
        return Body(json=make())

    return build


def _of_organization(make: Callable[[], dict[str, Any]]) -> Builder:
    async def build(service: RegistryFixture) -> Body:
        organization: Record = await service.make.organization()
        return Body(json={**make(), "organization_id": organization.id, "reason": _remark()})

    return build


def _batch_of(make: Callable[[], dict[str, Any]]) -> Builder:
    async def build(service: RegistryFixture) -> Body:
        return Body(json={"mode": "atomic", "items": [(await _of_organization(make)(service)).json]})

    return build


async def _chain(service: RegistryFixture) -> Body:
    lead, link = await service.make.organization(), await service.make.organization()
    links = [{"role": "input_supplier", "organization_id": link.id}, {"role": "trader", "party_name": _remark()}]
    return Body(json={**a_chain(lead, *links), "reason": _remark()})


async def _chains(service: RegistryFixture) -> Body:
    return Body(json={"mode": "atomic", "items": [(await _chain(service)).json]})


_NAMES = {"models": "CooperativeModel"}
_BODIES: dict[str, Builder] = {
    "OrganizationCreate": _plain(a_cooperative),
    "OrganizationChange": _plain(lambda: {"name_short": _remark()}),
    "OrganizationBatch": _plain(lambda: {"mode": "atomic", "items": [a_cooperative()]}),
    "OrganizationLookup": _plain(lambda: {"codes": [a_code()]}),
    "OrganizationDeduplicationCreate": _into,
    "OrganizationDeduplicationReversalCreate": _plain(lambda: {"reason": _remark()}),
    "Erasure": _plain(_ground),
    "NamedPersonErasure": _plain(lambda: {**_ground(), "full_name": "Nguyễn Văn Bình"}),
    "ContactErasure": _plain(lambda: {**_ground(), "value": "0912345678"}),
    "MemberTeamCreate": _plain(lambda: {**a_team(), "reason": _remark()}),
    "MemberTeamChange": _plain(lambda: {"area": _remark()}),
    "MemberTeamBatch": _plain(lambda: {"mode": "atomic", "items": [{**a_team(), "reason": _remark()}]}),
    "CoverageCreate": _plain(lambda: {**a_coverage(), "reason": _remark()}),
    "CoverageChange": _plain(lambda: {"source": _remark()}),
    "CoverageBatch": _plain(lambda: {"mode": "atomic", "items": [{**a_coverage(), "id": new_id()}]}),
    "RegistryExportCreate": _plain(lambda: {"type": ["organization", "product", "certificate"][next(NUMBERS) % 3]}),
    "UploadRegistryFile": _upload,
    "ImportOrganizations": _import,
    "ImportAllianceMemberships": _imported("alliance-memberships"),
    "ImportStatusChanges": _imported("status-changes"),
    "ImportProducts": _imported("products"),
    "ImportOfficers": _imported("officers"),
    "SuccessionCreate": _succession,
    "ConfirmationCreate": _plain(lambda: {"decision": "confirm", "reason": _remark()}),
    "WithdrawalCreate": _plain(lambda: {"reason": _remark()}),
    "ValueChainCreate": _chain,
    "ValueChainBatch": _chains,
    "ValueChainChange": _plain(lambda: {"note": _remark()}),
}


async def _delivery(service: RegistryFixture) -> Body:
    organization: Record = await service.make.organization()
    return Body(json={**a_statistic(), "organization_id": organization.id, "reason": _remark()})


async def _import_statistics(service: RegistryFixture) -> Body:
    organization: Record = await service.make.organization()
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="so-lieu.csv"\r\n\r\n'
    table = f"organization_id,period,workers_regular,source\r\n{organization.id},2022,{next(NUMBERS)},unit\r\n"
    return Body(
        content=part + table.encode() + b"\r\n--edge--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )


_BODIES["ImportOrganizationStatistics"] = _import_statistics
_BODIES["OrganizationStatisticDelivery"] = _delivery
for _plural, _make in {**FACTS, "officers": an_officer, "ratings": a_rating}.items():
    _schema = _NAMES.get(_plural) or "".join(word.title() for word in _plural.removesuffix("s").split("-"))
    _BODIES[f"{_schema}Create"] = _of_organization(_make)
    _BODIES[f"{_schema}Batch"] = _batch_of(_make)
    _BODIES[f"{_schema}Change"] = _plain(lambda: {"reason": _remark()})
