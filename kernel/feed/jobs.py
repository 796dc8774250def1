"""Slow work: answered with 202, done by a task of the service, found again after a crash.

A worker holds a job by a lease that it renews, never by a lock: a lock would hold every feed back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypedDict

import orjson
from fastapi import FastAPI
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import FAILURES, Database, Transaction, to_json
from kernel.database.statements import always, command, scalar, statement
from kernel.feed.manifest import ExportManifest
from kernel.problems import NotFound, Problem, StorageFull, Unexpected
from kernel.problems.field_labels import Label
from kernel.records.embedding import name_all, subject_name
from kernel.runtime.disk import is_storage_full
from kernel.runtime.logging import get_logger
from kernel.runtime.tracing import job_span
from kernel.values.common_lists import JOB_STATES
from kernel.values.ids import Id, new_id
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.limits import Lane
from kernel.web.operations import ApiRouter
from kernel.web.replies import json_reply
from kernel.web.schemas import Output, ProblemDocument, SubjectName, listed

LEASE_SECONDS, LOOK_SECONDS, MAX_ATTEMPTS = 30, 1.0, 3
STATES = tuple(JOB_STATES)
log = get_logger()


class JobRow(TypedDict):
    """A row of job."""

    id: str
    kind: str
    state: str
    area: str
    created_by: str
    request: str
    result: str | None
    problem: str | None
    progress_percent: int
    attempts: int
    lease_until: datetime | None
    created_at: datetime
    updated_at: datetime


class _Taken(TypedDict):
    id: str
    kind: str
    area: str
    request: str
    attempts: int


_COLUMNS = ", ".join(JobRow.__annotations__)
_PROGRESS = scalar(
    str,
    f"UPDATE job SET progress_percent = $2, lease_until = now() + interval '{LEASE_SECONDS} seconds', "  # noqa: S608  names are constants of the code
    "updated_at = now() WHERE id = $1::uuid AND attempts = $3 RETURNING state",
)
_RENEW = command(
    f"UPDATE job SET lease_until = now() + interval '{LEASE_SECONDS} seconds' "  # noqa: S608  names are constants of the code
    "WHERE id = $1::uuid AND attempts = $2 AND state = 'running'"
)
_OPEN = always(int, "SELECT count(*) FROM job WHERE kind = $1 AND created_by = $2 AND state IN ('queued', 'running')")
# One at a time for each subject, or two at once would both see the last place free.
_LOCK_SUBJECT = command("SELECT pg_advisory_xact_lock(hashtext('vca jobs ' || $1))")
_ENTER = command(
    "INSERT INTO job (id, kind, state, area, created_by, request) VALUES ($1::uuid, $2, 'queued', $3, $4, $5::jsonb)"
)
_TAKE = statement(
    _Taken,
    f"""
    UPDATE job SET state = 'running', attempts = attempts + 1, updated_at = now(),
           lease_until = now() + interval '{LEASE_SECONDS} seconds'
     WHERE id = (SELECT id FROM job
                  WHERE state = 'queued' OR (state = 'running' AND lease_until < now())
                  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
 RETURNING id, kind, area, request, attempts""",  # noqa: S608  names are constants of the code
)
_END = command(
    "UPDATE job SET state = $2, progress_percent = CASE WHEN $2 = 'succeeded' THEN 100 ELSE progress_percent END, "
    "result = $3::jsonb, problem = $4::jsonb, lease_until = NULL, updated_at = now() "
    "WHERE id = $1::uuid AND state = 'running' AND attempts = $5"
)
_ONE = statement(
    JobRow,
    f"SELECT {_COLUMNS} FROM job WHERE id = $1::uuid AND ($2::text IS NULL OR area = $2)",  # noqa: S608  names are constants of the code
)
_CANCEL = statement(
    JobRow,
    "UPDATE job SET state = 'cancelled', lease_until = NULL, updated_at = now() "  # noqa: S608  names are constants of the code
    f"WHERE id = $1::uuid AND state IN ('queued', 'running') RETURNING {_COLUMNS}",
)


_NAMES = (subject_name("created_by"),)


class Cancelled(Exception):
    """The job was cancelled while it ran."""


class JobNotCancellable(Problem):
    status, code = 409, "job_not_cancellable"
    title = ("Công việc đã kết thúc", "Job already finished")
    detail = (
        "Công việc đã xong hoặc đã hủy, nên không hủy được nữa.",
        "The job is done or cancelled, so it cannot be cancelled any more.",
    )


class Job(Output):
    """Slow work and how far it is."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    kind: Annotated[str, Label("Loại công việc")]
    state: Annotated[str, Label("Trạng thái công việc")] = Field(json_schema_extra=listed(JOB_STATES))
    progress_percent: int = Field(ge=0, le=100)
    created_at: datetime
    updated_at: datetime
    created_by: str
    created_by_name: SubjectName
    request: dict[str, Any]
    result: Annotated[ExportManifest | None, Label("Kết quả công việc")] = Field(
        description="Of an export that has succeeded: its manifest"
    )
    result_url: str | None
    problem: ProblemDocument | None


@dataclass
class JobContext:
    """What a running job knows and may say."""

    app: FastAPI
    db: Database
    id: str
    area: str
    request: dict[str, Any]
    attempt: int

    @property
    def alliance(self) -> str | None:
        """The one alliance whose rows the job may touch, or None for the nation."""
        return None if self.area == NATION else self.area

    async def progress(self, percent: int) -> None:
        """Say how far it is. Raises Cancelled, also where another has taken the job since."""
        state = await self.db.fetchval(_PROGRESS, self.id, max(0, min(99, percent)), self.attempt)
        if state != "running":
            raise Cancelled()


Run = Callable[[JobContext], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class JobKind:
    """A kind of job and the work itself, which returns the result. It may be run again after a crash."""

    name: str
    run: Run


async def enqueue(tx: Transaction, kind: str, request: dict[str, Any], *, by: Caller, lane: Lane | None = None) -> str:
    """Ask for a job in the caller's transaction; return its id. Raises TooManyAtOnce where `lane` has no place left."""
    if lane is not None:
        await tx.execute(_LOCK_SUBJECT, by.id)
        if await tx.fetchval(_OPEN, kind, by.id) >= lane.limit(by):
            raise lane.refusal(limit=lane.limit(by))
    id_ = new_id()
    await tx.execute(_ENTER, id_, kind, by.area, by.id, to_json(request))
    return id_


def accepted(service: str, id_: str) -> Response:
    """Return the 202 that says where the job is found."""
    path = f"/v1/{service}/jobs/{id_}"
    return json_reply({"id": id_, "state": "queued", "url": path}, 202, headers={"Location": path})


class JobAccepted(Output):
    """A job was asked for; `url` tells how far it is."""

    id: str
    state: Annotated[str, Label("Trạng thái công việc")]
    url: str


async def _work(app: FastAPI, kinds: dict[str, JobKind]) -> None:
    db: Database = app.state.db
    entered: asyncio.Event = app.state.job_entered
    while True:
        entered.clear()
        try:
            row = await db.fetchrow(_TAKE)
        except Exception:  # The database may be starting again: look again later.
            row = None
        if row is None:
            # Another process may have entered one, or died with one.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(entered.wait(), LOOK_SECONDS)
            continue
        await _run(app, db, kinds, row)


async def _run(app: FastAPI, db: Database, kinds: dict[str, JobKind], row: _Taken) -> None:
    context = JobContext(app, db, row["id"], row["area"], orjson.loads(row["request"]), row["attempts"])
    keeping = asyncio.create_task(_keep_lease(context))
    problem: Problem | None = None
    result: dict[str, Any] | None = None
    try:
        kind = kinds.get(row["kind"])
        if kind is None or row["attempts"] > MAX_ATTEMPTS:
            problem = Unexpected()
        else:
            with job_span(row["kind"]):
                result = await kind.run(context)
    except Cancelled:
        return
    except Problem as refused:
        problem = refused
    except Exception as error:
        log.exception("job.failed", job_id=row["id"], kind=row["kind"], error=type(error).__name__)
        problem = StorageFull() if is_storage_full(error) else Unexpected()
    finally:
        keeping.cancel()
    with contextlib.suppress(Exception):
        await db.execute(
            _END,
            row["id"],
            "failed" if problem else "succeeded",
            None if result is None else to_json(result),
            None if problem is None else to_json(problem.document("vi")),
            context.attempt,
        )


async def _keep_lease(context: JobContext) -> None:
    """Keep the lease while the work goes on, however long a step of it takes: nobody else takes the job of one that lives."""
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        with contextlib.suppress(*FAILURES):
            await context.db.execute(_RENEW, context.id, context.attempt)


def worker(kinds: Sequence[JobKind]) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that does the jobs of a service, one at a time.

    It looks for one when `app.state.job_entered` is set, which is done once the entry is committed, and each second.
    """
    by_name = {kind.name: kind for kind in kinds}

    async def task(app: FastAPI) -> AsyncIterator[None]:
        app.state.job_entered = asyncio.Event()
        running = asyncio.create_task(_work(app, by_name))
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    return task


def jobs_router(
    service: str, scopes: Sequence[str], show: Callable[[Call, dict[str, Any]], dict[str, Any]] | None = None
) -> ApiRouter:
    """Return the job operations of `service`. `show` may put fresh download addresses into a result."""
    router = ApiRouter(prefix=f"/v1/{service}/jobs", tags=[f"{service}-jobs"])

    async def find(call: Call, path: dict[str, str]) -> None:
        call.record = await call.db.fetchrow(_ONE, path["job_id"], call.caller.alliance)
        if call.record is None:
            raise NotFound()

    async def document(db: Database | Transaction, call: Call, row: JobRow) -> dict[str, Any]:
        result = None if row["result"] is None else orjson.loads(row["result"])
        if result is not None and show is not None:
            result = show(call, result)
        shown: dict[str, Any] = {
            "id": row["id"],
            "kind": row["kind"],
            "state": row["state"],
            "progress_percent": row["progress_percent"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "created_by": row["created_by"],
            "request": orjson.loads(row["request"]),
            "result": result,
            "result_url": f"/v1/{service}/jobs/{row['id']}" if result is not None else None,
            "problem": None if row["problem"] is None else orjson.loads(row["problem"]),
        }
        await name_all(db, _NAMES, [row], [shown])
        return shown

    async def read_job(call: CurrentCall, job_id: Id) -> Response:
        """Say how far a job is; its result is there when it has succeeded."""
        return json_reply(await document(call.db, call, call.record))

    async def cancel_job(call: CurrentCall, job_id: Id) -> Response:
        """Stop a job that waits or runs; one that has ended stays as it is."""

        async def effect(tx: Transaction) -> Response:
            row = await tx.fetchrow(_CANCEL, job_id)
            if row is None:
                raise JobNotCancellable()
            return json_reply(await document(tx, call, row))

        return await once(call, effect)

    read_job.__name__, cancel_job.__name__ = f"read_{service}_job", f"cancel_{service}_job"
    router.operation("GET", "/{job_id}", scopes=scopes, guard=find, response_model=Job, summary="Read a job")(read_job)
    router.operation(
        "POST",
        "/{job_id}/cancellation",
        scopes=scopes,
        guard=find,
        response_model=Job,
        problems=(JobNotCancellable,),
        summary="Cancel a job",
    )(cancel_job)
    return router
