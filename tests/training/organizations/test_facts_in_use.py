"""What training does with the registry's facts: refuses by them, asks once, and goes on without the registry."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from kernel.web.auth import NATION
from tests.registry.builders import LE_LOI
from tests.registry.builders import Make as RegistryMake
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow, Wire
from tests.training.builders import (
    ATTENDANCES,
    CHECK_INS,
    CLASSES,
    PATH,
    REGISTRATIONS,
    TRAINEES,
    Record,
    a_person,
)
from tests.training.test_imports import a_first_row, as_csv, send
from tests.training.test_imports import a_row as a_roll_row
from tests.training.test_participation_imports import IMPORTS as PARTICIPATION_IMPORTS
from tests.training.test_participation_imports import a_file
from tests.training.test_participation_imports import a_row as a_booth_row
from tests.training.trade_builders import LINKS, PARTICIPATIONS, MakeTrade, a_market_link, a_participation

READY = f"{PATH}/health/ready"
UNKNOWN = "unknown_organization"


def asked(wire: Wire, of: str = "organizations") -> int:
    return sum(method == "GET" and path.startswith(f"/v1/registry/{of}/") for method, path in wire.calls)


@pytest.fixture
def make(training: ApiClient) -> MakeTrade:
    """Builders of Phú Thọ's records that name no organization of the registry."""
    return MakeTrade(training)


class Door:
    """One way by which an organization comes into training: the path, the body, and where the body names it."""

    def __init__(self, path: str, pointer: str, **body: Any) -> None:
        self.path, self.pointer, self.body = path, pointer, body

    def naming(self, organization_id: str) -> dict[str, Any]:
        """Return the body that names this organization."""
        if self.pointer.startswith("/trainee/"):
            return {**self.body, "trainee": a_person(organization_id=organization_id)}
        return {**self.body, "organization_id": organization_id}


@pytest.fixture
async def doors(make: MakeTrade) -> list[Door]:
    open_class = await make.training_class(state="open", sessions=1)
    training_class = await make.training_class(state="held", sessions=1)
    (session,) = await make.sessions(training_class)
    fair = await make.event(alliance="25-2025")
    return [
        Door(f"{CLASSES}/{open_class.id}/invitations", "/organization_id", organization_name="HTX"),
        Door(REGISTRATIONS, "/trainee/organization_id", class_id=open_class.id),
        Door(TRAINEES, "/organization_id", **a_person()),
        Door(ATTENDANCES, "/trainee/organization_id", class_id=training_class.id, is_walk_in=True),
        Door(CHECK_INS, "/trainee/organization_id", class_session_id=session.id, is_walk_in=True),
        Door(PARTICIPATIONS, "/organization_id", **a_participation(trade_event_id=fair.id)),
        Door(f"{PATH}/trade-events/{fair.id}/participations", "/organization_id", **a_participation()),
        Door(LINKS, "/organization_id", **a_market_link()),
    ]


async def rows_written(db: Database) -> int:
    tables = ("invitation", "registration", "trainee", "attendance", "check_in", "participation", "market_link")
    return sum([await db.fetchval(f"SELECT count(*) FROM {table}") for table in tables])


async def test_an_organization_that_the_registry_does_not_have_is_refused_at_every_door(
    training: ApiClient, doors: list[Door], db: Database
) -> None:
    for door in doors:
        assert faults(await training.post(door.path, json=door.naming(new_id()))) == {(door.pointer, UNKNOWN)}
    assert await rows_written(db) == 0


async def test_an_organization_of_another_alliance_is_as_good_as_none_at_every_door(
    training: ApiClient, doors: list[Door], register: RegistryMake, follow: Follow, db: Database
) -> None:
    unheard, heard = await register.organization(commune=LE_LOI), await register.organization(commune=LE_LOI)
    for door in doors:
        assert faults(await training.post(door.path, json=door.naming(unheard.id))) == {(door.pointer, UNKNOWN)}
    await follow()
    for door in doors:
        assert faults(await training.post(door.path, json=door.naming(heard.id))) == {(door.pointer, UNKNOWN)}
    assert await rows_written(db) == 0


async def test_an_organization_not_heard_of_yet_is_asked_for_once_for_all_doors(
    training: ApiClient, doors: list[Door], register: RegistryMake, wire: Wire
) -> None:
    organization = await register.organization()
    for door in doors:
        if not door.path.endswith("/participations") or door.path == PARTICIPATIONS:
            ok(
                await training.post(door.path, json=door.naming(organization.id), headers={"X-Request-Id": "ask-1"}),
                201,
            )
    assert asked(wire) == 1
    assert wire.headers[-1]["x-request-id"] == "ask-1"


async def test_with_the_registry_down_training_goes_on_with_what_is_known(
    training: ApiClient, doors: list[Door], register: RegistryMake, follow: Follow, wire: Wire, db: Database
) -> None:
    heard = await register.organization()
    await follow()
    unheard = await register.organization()
    wire.cut.add("registry")
    for door in doors:
        answer = await training.post(door.path, json=door.naming(unheard.id))
        assert_problem(answer, 503, "organization_unknown_yet", organization_id=unheard.id)
        assert int(answer.headers["retry-after"]) > 0
    assert await rows_written(db) == 0
    for door in (doors[0], doors[1], doors[4], doors[5], doors[7]):
        ok(await training.post(door.path, json=door.naming(heard.id)), 201)
    wire.cut.clear()
    ok(await training.post(doors[0].path, json=doors[0].naming(unheard.id)), 201)


async def test_a_person_without_an_organization_of_the_registry_needs_none(make: MakeTrade, wire: Wire) -> None:
    wire.cut.update(("registry", "identity"))
    training_class = await make.training_class(state="held")
    assert (await make.attendance(training_class)).organization_name == "Hợp tác xã Minh Khai"


async def test_a_person_known_already_comes_again_after_the_organization_has_ended(
    make: MakeTrade, register: RegistryMake, follow: Follow, db: Database, wire: Wire
) -> None:
    organization = await register.organization()
    await follow()
    person = a_person(organization_id=organization.id)
    first, second = await make.training_class(state="held"), await make.training_class(state="held")
    entry = await make.attendance(first, trainee=person)
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted'")
    wire.cut.add("registry")
    assert (await make.attendance(second, trainee=person)).trainee_id == entry.trainee_id
    await db.execute("DELETE FROM followed_organization")
    third = await make.training_class(state="held")
    assert (await make.attendance(third, trainee=person)).trainee_id == entry.trainee_id


async def test_a_merged_organization_names_its_successor(
    training: ApiClient, doors: list[Door], register: RegistryMake, follow: Follow, db: Database
) -> None:
    organization, successor = await register.organization(), new_id()
    await follow()
    await db.execute(
        "UPDATE followed_organization SET removed_as = 'merged', merged_into = $1::uuid WHERE id = $2::uuid",
        successor,
        organization.id,
    )
    for door in doors:
        answer = await training.post(door.path, json=door.naming(organization.id))
        assert faults(answer) == {(door.pointer, "organization_merged")}
        assert successor in answer.text


async def test_a_trainee_moves_to_another_organization_only_if_that_is_there(
    training: ApiClient, make: MakeTrade, register: RegistryMake, follow: Follow, db: Database
) -> None:
    first, second = await register.organization(), await register.organization()
    await follow()
    trainee = await make.create("trainees", a_person(organization_id=first.id))
    path = f"{TRAINEES}/{trainee.id}"
    answer = await training.patch(path, json={"organization_id": new_id()}, headers=etag(trainee))
    assert faults(answer) == {("/organization_id", UNKNOWN)}
    moved = ok(await training.patch(path, json={"organization_id": second.id}, headers=etag(trainee)))
    assert moved["organization_id"] == second.id
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted'")
    ok(await training.patch(path, json={"position": "Giám đốc"}, headers=etag(moved)))


async def test_what_was_entered_is_corrected_while_its_organization_is_gone_and_the_registry_down(
    training: ApiClient, make: MakeTrade, register: RegistryMake, follow: Follow, db: Database, wire: Wire
) -> None:
    organization = await register.organization()
    await follow()
    booth = await make.participation(organization_id=organization.id)
    link = await make.link(organization_id=organization.id)
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted'")
    wire.cut.add("registry")
    for path, row in ((PARTICIPATIONS, booth), (LINKS, link)):
        after = ok(await training.patch(f"{path}/{row.id}", json={"note": "Đã đối chiếu"}, headers=etag(row)))
        assert after["note"] == "Đã đối chiếu"


async def test_a_tablets_batch_is_taken_but_for_the_organization_that_is_not_there(
    training: ApiClient, make: MakeTrade, register: RegistryMake
) -> None:
    there, (training_class, session) = await register.organization(), await a_running_class(make)
    roll = [
        {"id": new_id(), "class_session_id": session.id, "is_walk_in": True, "trainee": a_person(organization_id=id_)}
        for id_ in (there.id, new_id(), None)
    ]
    for expected in ([201, 422, 201], [200, 422, 200]):
        answer = ok(await training.post(f"{CHECK_INS}/batch", json={"mode": "each", "items": roll}), 207)
        assert [item["status"] for item in answer["items"]] == expected
        errors = answer["items"][1]["problem"]["errors"]
        assert [(e["pointer"], e["code"]) for e in errors] == [("/trainee/organization_id", UNKNOWN)]
    assert len(await every_item(training, f"{CLASSES}/{training_class.id}/attendances")) == 2


async def test_a_tablets_batch_sent_again_needs_no_registry(
    training: ApiClient, make: MakeTrade, register: RegistryMake, wire: Wire, db: Database
) -> None:
    there, (_, session) = await register.organization(), await a_running_class(make)
    roll = {
        "mode": "atomic",
        "items": [
            {
                "id": new_id(),
                "class_session_id": session.id,
                "is_walk_in": True,
                "trainee": a_person(organization_id=there.id),
            }
        ],
    }
    ok(await training.post(f"{CHECK_INS}/batch", json=roll), 201)
    await db.execute("DELETE FROM followed_organization")
    wire.cut.add("registry")
    answer = ok(await training.post(f"{CHECK_INS}/batch", json=roll), 201)
    assert [item["status"] for item in answer["items"]] == [200]


async def a_running_class(make: MakeTrade) -> tuple[Record, Record]:
    training_class = await make.training_class(state="running", sessions=1)
    (session,) = await make.sessions(training_class)
    return training_class, session


async def test_a_registry_that_is_down_is_asked_a_few_times_for_a_whole_batch(
    training: ApiClient, make: MakeTrade, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fair = await make.event()
    items = [a_participation(trade_event_id=fair.id) for _ in range(100)]
    carry, tries = wire.handle_async_request, 0

    async def count(request: Any) -> Any:
        nonlocal tries
        tries += request.url.host == "registry.internal"
        return await carry(request)

    monkeypatch.setattr(wire, "handle_async_request", count)
    wire.cut.add("registry")
    answer = await training.post(f"{PARTICIPATIONS}/batch", json={"mode": "each", "items": items})
    assert {item["problem"]["code"] for item in ok(answer, 207)["items"]} == {"organization_unknown_yet"}
    assert 1 <= tries <= 8


async def test_a_roll_names_the_cell_of_an_organization_that_is_not_there(
    training: ApiClient, register: RegistryMake
) -> None:
    there = await register.organization()
    data = as_csv(a_first_row(organization_id=there.id), a_roll_row(organization_id=new_id()), a_roll_row())
    document = assert_problem(await send(training, data, dry_run=False), 422, "import_refused", failed=1, rows=3)
    assert [(e["row"], e["code"]) for e in document["errors"]] == [(3, UNKNOWN)]
    right = as_csv(a_first_row(organization_id=there.id), a_roll_row(organization_id=there.id))
    done = ok(await send(training, right, dry_run=False))
    assert (done["created"], done["trainees_created"]) == (2, 2)


async def test_a_roll_names_the_cells_of_organizations_that_cannot_be_asked_for(
    training: ApiClient, register: RegistryMake, wire: Wire
) -> None:
    unheard = await register.organization()
    wire.cut.add("registry")
    report = ok(await send(training, as_csv(a_first_row(organization_id=unheard.id)), dry_run=True))
    assert [e["code"] for e in report["errors"]] == ["organization_unknown_yet"]


async def test_participations_from_a_file_name_the_cell_of_an_organization_that_is_not_there(
    training: ApiClient, make: MakeTrade, register: RegistryMake
) -> None:
    there, fair = await register.organization(), await make.event()
    file = a_file(a_booth_row(fair, organization_id=there.id), a_booth_row(fair))
    report = ok(await training.post(PARTICIPATION_IMPORTS, files=file))
    assert [(e["row"], e["code"]) for e in report["errors"]] == [(3, UNKNOWN)]
    right = a_file(a_booth_row(fair, organization_id=there.id))
    assert ok(await training.post(PARTICIPATION_IMPORTS, files=right, params={"dry_run": "false"}))["created"] == 1


async def test_a_product_that_the_registry_knows_as_anothers_or_not_at_all_is_refused(
    training: ApiClient, make: MakeTrade, register: RegistryMake
) -> None:
    mine, other = await register.organization(), await register.organization()
    tea, honey = await register.fact("products", mine), await register.fact("products", other, name="Mật ong")
    fair = await make.event()

    def booth(product_id: str) -> dict[str, Any]:
        shown = [{"kind": "honey"}, {"kind": "tea", "product_id": product_id}]
        return a_participation(trade_event_id=fair.id, organization_id=mine.id, products=shown)

    answer = await training.post(PARTICIPATIONS, json=booth(honey.id))
    assert_problem(answer, 409, "product_of_another_organization", product_id=honey.id)
    answer = await training.post(PARTICIPATIONS, json=booth(new_id()))
    assert faults(answer) == {("/products/1/product_id", "unknown_product")}
    ok(await training.post(PARTICIPATIONS, json=booth(tea.id)), 201)
    link = a_market_link(organization_id=mine.id)
    answer = await training.post(LINKS, json={**link, "product_id": honey.id})
    assert_problem(answer, 409, "product_of_another_organization", product_id=honey.id)
    answer = await training.post(LINKS, json={**link, "product_id": new_id()})
    assert faults(answer) == {("/product_id", "unknown_product")}
    ok(await training.post(LINKS, json={**link, "product_id": tea.id}), 201)


async def test_with_the_registry_down_a_product_is_judged_by_trainings_own_records(
    training: ApiClient, make: MakeTrade, register: RegistryMake, follow: Follow, wire: Wire
) -> None:
    mine, other = await register.organization(), await register.organization()
    tea = await register.fact("products", mine)
    await follow()
    wire.cut.add("registry")
    shown = [{"kind": "tea", "product_id": tea.id}]
    booth = await make.participation(organization_id=mine.id, products=shown)
    answer = await training.post(LINKS, json=a_market_link(organization_id=other.id, product_id=tea.id))
    assert_problem(answer, 409, "product_of_another_organization", product_id=tea.id)
    wire.cut.clear()
    changed = {"products": [*shown, {"kind": "rice", "product_id": new_id()}]}
    answer = await training.patch(f"{PARTICIPATIONS}/{booth.id}", json=changed, headers=etag(booth))
    assert faults(answer) == {("/products/1/product_id", "unknown_product")}


async def test_a_product_that_a_booth_showed_stays_in_it_after_the_registry_has_lost_it(
    training: ApiClient, make: MakeTrade, register: RegistryMake, registry: ApiClient, wire: Wire
) -> None:
    mine = await register.organization()
    fact = await register.fact("products", mine)
    booth = await make.participation(organization_id=mine.id, products=[{"kind": "tea", "product_id": fact.id}])
    link = await make.link(organization_id=mine.id, product_id=fact.id)
    ok_status = (
        await registry.as_(area=NATION).delete(f"/v1/registry/products/{fact.id}", headers=etag(fact))
    ).status_code
    assert ok_status == 204
    before = asked(wire, "products")
    shown = {"products": [{"kind": "tea", "product_id": fact.id}, {"kind": "honey"}]}
    after = ok(await training.patch(f"{PARTICIPATIONS}/{booth.id}", json=shown, headers=etag(booth)))
    assert [item["product_id"] for item in after["products"]] == [fact.id, None]
    patch = {"product_id": fact.id, "note": "Như cũ"}
    ok(await training.patch(f"{LINKS}/{link.id}", json=patch, headers=etag(link)))
    assert asked(wire, "products") == before + 2


async def test_readiness_tells_how_far_training_is_with_the_registrys_feed(
    training: ApiClient, register: RegistryMake, follow: Follow
) -> None:
    fresh = ok(await training.get(READY))["follows"]
    nothing = [("identity", None, None), ("registry", None, None)]
    assert [(feed["feed"], feed["seconds_behind"], feed["cursor"]) for feed in fresh] == nothing
    await register.organization()
    await follow()
    _, feed = ok(await training.get(READY))["follows"]
    assert (feed["seconds_behind"] in (0, 1, 2), feed["problem"]) == (True, None)
