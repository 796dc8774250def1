"""Records of training, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.answers import ok
from tests.support.client import ApiClient

PATH = "/v1/training"
CLASSES, SESSIONS, INVITATIONS = f"{PATH}/classes", f"{PATH}/sessions", f"{PATH}/invitations"
REGISTRATIONS, TRAINEES, CERTIFICATES = f"{PATH}/registrations", f"{PATH}/trainees", f"{PATH}/certificates"
ATTENDANCES, CHECK_INS = f"{PATH}/attendances", f"{PATH}/check-ins"
PROGRAMS, COVERAGES, VALUES = f"{PATH}/programs", f"{PATH}/coverages", f"{PATH}/indicator-values"
SCOPES = "training.read training.write"
MILLION = 1_000_000

GIA_CAM, THAI_BINH, LE_LOI = "07900", "04789", "16669"
"""Communes of the 2008 map: in old Phú Thọ and old Hòa Bình (both 25-2025 today), and in Nghệ An (40-2025)."""

_NUMBERS = itertools.count(1)


class Record(dict[str, Any]):
    """A record as the service answered it; its fields are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def a_program(**given: Any) -> dict[str, Any]:
    return {
        "code": f"CT-{next(_NUMBERS):04d}",
        "name": "Chương trình hỗ trợ kinh tế tập thể",
        "decision_number": "12/QĐ-UBND",
        "decided_on": "2021-01-15",
        "valid_from": "2021-01-01",
        "valid_until": "2025-12-31",
        "budget": [{"source": "provincial_budget", "amount_vnd": 900 * MILLION}],
        **given,
    }


def a_class(**given: Any) -> dict[str, Any]:
    """Return the body of a class on law in old Phú Thọ, led by the alliance, on 6 and 7 March 2023."""
    return {
        "name": f"Tập huấn Luật Hợp tác xã khóa {next(_NUMBERS)}",
        "kind": "short_course",
        "topic": "law",
        "attribution": "alliance_led",
        "decision_number": "31/QĐ-LMHTX",
        "commune_code": GIA_CAM,
        "commune_map": "2008",
        "starts_on": "2023-03-06",
        "ends_on": "2023-03-07",
        "expected_audience": ["manager"],
        **given,
    }


def a_joint_class(**given: Any) -> dict[str, Any]:
    """Return the body of a class that Phú Thọ leads and Nghệ An takes part in."""
    partners = [{"kind": "alliance", "name": "Liên minh HTX Nghệ An", "alliance": "40-2025"}]
    return a_class(
        **{"attribution": "joint", "lead_alliance": "25-2025", "partners": partners, "kind": "upskilling"} | given
    )


def a_session(number: int = 1, **given: Any) -> dict[str, Any]:
    return {"number": number, "held_on": f"2023-03-{5 + number:02d}", "minutes": 210, **given}


def a_person(**given: Any) -> dict[str, Any]:
    """Return a person described as on a signature list; no other is called so."""
    number = next(_NUMBERS)
    return {
        "name": f"Nguyễn Văn A {number}",
        "birth_year": 1980,
        "sex": "female",
        "organization_id": None,
        "organization_name": "Hợp tác xã Minh Khai",
        "audience": "manager",
        **given,
    }


def an_id_number() -> str:
    """Return a number of 12 digits that nobody else has."""
    return f"0250{next(_NUMBERS):08d}"


def a_coverage(*record_types: str, province: str = "25-2025", **given: Any) -> dict[str, Any]:
    return {
        "province": province,
        "record_types": list(record_types or ("classes", "attendances")),
        "covered_from": "2000-01-01",
        **given,
    }


def a_certificate(of: Record, attendance: Record, **given: Any) -> dict[str, Any]:
    return {
        "class_id": of.id,
        "trainee_id": attendance.trainee_id,
        "certificate_number": f"{next(_NUMBERS)}/GCN-LMHTX",
        "register_number": "Sổ 1, số 7",
        "issued_on": "2023-03-20",
        **given,
    }


class Make:
    """Makes records through the service's own operations, anywhere in the nation."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    async def create(self, path: str, body: dict[str, Any], status: int = 201) -> Record:
        return Record(ok(await self.client.post(f"{PATH}/{path}", json=body), status))

    async def program(self, **given: Any) -> Record:
        """Make a program of Phú Thọ's alliance."""
        return await self.create("programs", a_program(**({"alliance": "25-2025"} | given)))

    async def training_class(self, *, sessions: int = 0, state: str = "planned", **given: Any) -> Record:
        """Make a class with that many sessions, taken to `state` step by step; `held` at once where it has none."""
        at_once = state == "held" and not sessions
        created = await self.create("classes", a_class(**({"is_held": at_once} | given)))
        for number in range(1, sessions + 1):
            await self.session(created, number)
        if not at_once:
            for step, reached in (("opening", "open"), ("start", "running"), ("completion", "held")):
                if created.state == state:
                    break
                created = await self.create(f"classes/{created.id}/{step}", {})
                assert created.state == reached
        return Record(ok(await self.client.get(f"{CLASSES}/{created.id}")))

    async def session(self, of: Record, number: int = 1, **given: Any) -> Record:
        return await self.create(f"classes/{of.id}/sessions", a_session(number, **given))

    async def sessions(self, of: Record) -> list[Record]:
        """Return the sessions of a class in their order."""
        page = ok(await self.client.get(f"{CLASSES}/{of.id}/sessions?sort=number"))
        return [Record(item) for item in page["items"]]

    async def trainee(self, **given: Any) -> Record:
        """Make a person of Phú Thọ."""
        return await self.of_phu_tho().create("trainees", a_person(**given))

    def of_phu_tho(self) -> Make:
        """Return the same for an officer of Phú Thọ, whose persons need no alliance."""
        return Make(self.client.as_(area="25-2025"))

    async def registration(self, of: Record, **given: Any) -> Record:
        return await self.create("registrations", {"class_id": of.id, "trainee": a_person(), **given})

    async def attendance(self, of: Record, **given: Any) -> Record:
        """Make an entry of the attendance list, of a person who walked in."""
        body = {"class_id": of.id, "trainee": a_person(), "is_walk_in": True, **given}
        if "trainee_id" in given:
            del body["trainee"]
        return await self.create("attendances", body)

    async def check_in(self, session: Record, **given: Any) -> Record:
        """Make a check-in of a person who walked in."""
        body = {"class_session_id": session.id, "trainee": a_person(), "is_walk_in": True, **given}
        if "trainee_id" in given:
            del body["trainee"]
        return await self.create("check-ins", body)

    async def certificate(self, of: Record, attendance: Record, **given: Any) -> Record:
        return await self.create("certificates", a_certificate(of, attendance, **given))

    async def file(self) -> Record:
        """Upload a scan."""
        content = b"%PDF-1.4\n% " + str(next(_NUMBERS)).encode() + b"\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
        files = {"file": ("ds.pdf", content, "application/pdf")}
        return Record(ok(await self.client.as_(area="25-2025").post(f"{PATH}/files", files=files), 201))

    async def coverage(self, *record_types: str, **given: Any) -> Record:
        """Declare that Phú Thọ's classes and attendances are complete."""
        return await self.create("coverages", a_coverage(*record_types, **given))

    async def value(self, indicator: str, from_: str, to: str, **query: Any) -> dict[str, Any]:
        """Return one figure."""
        params = {"indicators": indicator, "from": from_, "to": to, **query}
        (item,) = ok(await self.client.get(VALUES, params=params))["items"]
        figure: dict[str, Any] = item
        return figure
