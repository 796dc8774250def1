"""`vca sandbox`: run one; move its day on, put it back, and get a token of it from another terminal."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Annotated

import typer

from vca.errors import Refusal

app = typer.Typer(help="Môi trường thử, tự xóa khi dừng / a throw-away deployment for tests")
_MOST_DAYS = 3660
Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Cổng của sandbox / its port (default: a free one; the only one)")
]


@app.callback(invoke_without_command=True)
def sandbox(context: typer.Context, port: Port = None) -> None:
    """Chạy một môi trường thử đến khi Ctrl-C / run a sandbox until Ctrl-C; VCA_TODAY is its first day."""
    if context.invoked_subcommand is None:
        from vca.sandbox.running import run

        run(port)
    else:
        context.obj = port


@app.command()
def clock(
    context: typer.Context,
    days: Annotated[int | None, typer.Option(help="Dời thêm số ngày / move on by so many days")] = None,
    port: Port = None,
) -> None:
    """In ngày của sandbox, hoặc dời nó / print the sandbox's day, or move it on."""
    from vca.sandbox.places import changing, get_day, running, set_day

    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise Refusal(
            f"--days nhận 1 đến {_MOST_DAYS} ngày: đồng hồ chỉ đi tới; vca sandbox reset đưa về ngày đầu.",
            f"--days takes 1 to {_MOST_DAYS} days: the clock goes forward only; vca sandbox reset takes it back.",
        )
    place = running(port or context.obj)
    with changing(place):
        day = get_day(place)
        if days is not None:
            if day > date.max - timedelta(days=_MOST_DAYS + 36_525):
                raise Refusal("Ngày của sandbox đã quá xa.", "The sandbox's day is too far on.")
            day += timedelta(days=days)
            set_day(place, day)
    typer.echo(day)


@app.command()
def reset(context: typer.Context, port: Port = None) -> None:
    """Đưa dữ liệu và ngày về ban đầu / put data and day back to the beginning; feeds begin a new life."""
    from vca.sandbox.places import running
    from vca.sandbox.running import wait_for_calls
    from vca.sandbox.seed import put_back

    began, place = time.monotonic(), running(port or context.obj)
    put_back(place)
    wait_for_calls(place)
    typer.echo(f"{time.monotonic() - began:.1f} s")


@app.command()
def token(
    context: typer.Context,
    name: str,
    port: Port = None,
    code: Annotated[str | None, typer.Option(help="Mã của ứng dụng xác thực / code of the second factor")] = None,
) -> None:
    """In token của một tài khoản hay hệ thống / print a token of one of its accounts or client systems."""
    from vca.sandbox.places import running
    from vca.tokens import asking_code, token_of

    typer.echo(token_of(name, running(port or context.obj), asking_code(code)))
