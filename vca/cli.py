"""The command `vca`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from vca.errors import Refusal
from vca.settings import of_another_user

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Nền tảng Liên minh Hợp tác xã / Cooperative Alliance platform"
)
admin = typer.Typer(no_args_is_help=True, help="Người quản trị / administrators")
app.add_typer(admin, name="admin")
feeds = typer.Typer(no_args_is_help=True, help="Dòng thay đổi / change feeds")
app.add_typer(feeds, name="feeds")
keys = typer.Typer(no_args_is_help=True, help="Khóa / keys")
app.add_typer(keys, name="keys")


@app.command()
def up(
    demo: Annotated[
        bool | None,
        typer.Option("--demo/--no-demo", help="Nạp dữ liệu mẫu / load the demo (default: with our own database)"),
    ] = None,
) -> None:
    """Chạy nền tảng đến khi Ctrl-C / run the platform until Ctrl-C."""
    from vca.up import up as run

    run(demo=demo)


@app.command()
def serve(
    service: Annotated[str, typer.Argument(help="identity, registry, funds, training, reporting, portal")],
    host: Annotated[str, typer.Option(help="Địa chỉ nghe / where it listens")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Cổng (8101–8106) / port (8101–8106)")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Số tiến trình / processes that share the port")] = 1,
) -> None:
    """Chạy riêng một dịch vụ / run one service by itself (docs/deploying.md)."""
    from vca.parts.serving import serve as run

    run(service, host=host, port=port, workers=workers)


@app.command()
def gateway(
    upstream: Annotated[
        list[str] | None, typer.Option(help="Dịch vụ ở đâu / where a service is: registry=host:port,host:port")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Địa chỉ nghe (VCA_BIND) / where it listens")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Cổng (VCA_PORT) / port")] = None,
) -> None:
    """Chạy riêng cổng vào / run the gateway by itself (docs/deploying.md)."""
    from vca.parts.gateway import gateway as run

    run(upstream or [], host=host, port=port)


@app.command()
def health() -> None:
    """Cổng trên máy này có trả lời không / whether the gateway of this machine answers."""
    from vca.health import check
    from vca.settings import Place

    try:
        check(Place.from_environment())
    except Refusal as refusal:
        # 2 would mean something else to who runs an image's health check.
        typer.echo(f"vca: {refusal.vi}\nvca: {refusal.en}", err=True)
        raise typer.Exit(1) from None
    typer.echo("ok")


@app.command()
def migrate(service: Annotated[str | None, typer.Argument()] = None) -> None:
    """Đưa cơ sở dữ liệu lên bản mới nhất / bring the databases to their newest step."""
    from vca.databases import migrate as run
    from vca.maintenance import served
    from vca.parts.clients import ensure_clients
    from vca.parts.roles import ensure_roles

    ensure_roles(service)
    with served(service) as databases:
        run(databases, typer.echo)
        if "identity" in databases:
            ensure_clients(databases["identity"].url, typer.echo)


@app.command()
def token(
    name: str,
    code: Annotated[str | None, typer.Option(help="Mã của ứng dụng xác thực / code of the second factor")] = None,
) -> None:
    """In token của một tài khoản hay hệ thống mẫu / print a token of a demo account or client system."""
    from vca.settings import Place
    from vca.tokens import asking_code, token_of

    typer.echo(token_of(name, Place.from_environment(), asking_code(code)))


@app.command()
def logs(
    request: Annotated[str, typer.Option(help="X-Request-Id của lượt gọi / of the call")],
    as_json: Annotated[bool, typer.Option("--json", help="Mỗi dòng một JSON / one JSON a line")] = False,
) -> None:
    """Gom nhật ký của một lượt gọi qua mọi phần / gather one call over all parts; times are UTC."""
    from vca.call_logs import NoSuchCall, as_text, entries_of
    from vca.settings import Place

    try:
        for entry in entries_of(Place.from_environment(), request):
            typer.echo(json.dumps(entry, ensure_ascii=False) if as_json else as_text(entry))
    except NoSuchCall as unknown:
        typer.echo(f"vca: {unknown.vi}\nvca: {unknown.en}", err=True)
        raise typer.Exit(1) from None


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Dạng JSON / as JSON")] = False,
) -> None:
    """Khám một bản triển khai, nói cần làm gì / check a deployment and say what to do; exit 0 well, 1 warnings, 2 faults."""
    from vca.doctor import diagnose, exit_code

    findings = diagnose()
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            typer.echo(f"{finding.severity:<7} {finding.code}\n  {finding.vi}\n  {finding.en}")
        if not findings:
            typer.echo("Không thấy gì phải sửa. / Nothing to mend was found.")
    raise typer.Exit(exit_code(findings))


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Chỉ so sánh / only compare")] = False,
    with_examples: Annotated[
        Path | None, typer.Option(help="Ghi kèm ví dụ vào thư mục này / write it with its examples into this folder")
    ] = None,
) -> None:
    """Ghi hợp đồng OpenAPI / write the committed contract."""
    from vca.openapi import stale, without_vietnamese, write, write_with_examples
    from vca.translations import as_toml

    if with_examples is not None:
        for path in write_with_examples(with_examples):
            typer.echo(path)
    elif not check:
        for path in write():
            typer.echo(path)
        for service, texts in without_vietnamese().items():
            typer.echo(f"Chưa có tiếng Việt / without Vietnamese: openapi/vi/{service}.toml")
            typer.echo("\n".join(as_toml(text) for text in texts))
    elif names := stale():
        raise Refusal(
            f"Hợp đồng đã cũ: {', '.join(names)}; chạy make openapi.", f"Stale: {', '.join(names)}; run make openapi."
        )


@app.command()
def routes(
    text: Annotated[str, typer.Argument(help="Chỉ các dòng có chữ này / only lines with this text")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Dạng JSON / as JSON")] = False,
) -> None:
    """Mỗi thao tác ở đâu trong mã nguồn / where each operation is in the code: declaration, and what reads or writes."""
    from vca.routes import operations

    matching = [operation for operation in operations() if text.lower() in operation.line.lower()]
    if as_json:
        typer.echo(json.dumps([asdict(operation) for operation in matching], indent=1))
    else:
        for operation in matching:
            typer.echo(operation.line)


@app.command()
def rows() -> None:
    """Ghi kiểu dòng của các bảng / write the types of the tables' rows (services/*/rows.py)."""
    from vca.rows import write

    for path in write():
        typer.echo(path)


@app.command()
def indicators(
    check: Annotated[bool, typer.Option("--check", help="Chỉ so sánh / only compare")] = False,
) -> None:
    """Ghi danh mục chỉ tiêu của mọi dịch vụ / write the catalogue of all services' indicators."""
    from vca import indicators as catalogue

    if check and catalogue.is_stale():
        raise Refusal("Danh mục chỉ tiêu đã cũ; chạy vca indicators.", "The catalogue is stale; run vca indicators.")
    if not check and catalogue.write():
        typer.echo(catalogue.FILE)


_Identity = Annotated[
    Path | None,
    typer.Option(
        help="Tệp khóa bí mật age của bản sao lưu đã mã hóa / file of the age secret key of an encrypted backup"
    ),
]


@app.command()
def backup(
    file: Path,
    verify: Annotated[
        bool, typer.Option("--verify", help="Chỉ đọc và kiểm tra tệp đã có / only read and check a file that is there")
    ] = False,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Kèm cả khóa (VCA_HOME/keys) / the keys as well (VCA_HOME/keys)")
    ] = False,
    encrypt_to: Annotated[
        list[str] | None,
        typer.Option(help="Mã hóa cho age1…, hoặc tệp mỗi dòng một / encrypt to age1…, or a file with one a line"),
    ] = None,
    identity: _Identity = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Ghi đè tệp đã có / write over a file that is there")
    ] = False,
) -> None:
    """Sao lưu mọi dịch vụ vào một tệp / back all services up into one file."""
    from vca import maintenance
    from vca.modes import OTHERS

    if verify:
        archive = maintenance.verify(file, identity)
        made_at = f"{archive.made_at:%d/%m/%Y %H:%M} UTC"
        typer.echo(f"Đủ và đúng: {len(archive.parts)} phần, sao lưu lúc {made_at}.")
        typer.echo(f"Whole and undamaged: {len(archive.parts)} parts, made at {made_at}.")
        return
    made = maintenance.backup(file, with_keys=with_keys, encrypt_to=encrypt_to or [], overwrite=overwrite)
    typer.echo(f"{file}: {made.bytes} byte" + (", đã mã hóa / encrypted" if made.is_encrypted else ""))
    if not with_keys:
        typer.echo("Không kèm khóa: hãy giữ VCA_HOME/keys ở nơi khác; không có khóa thì không khôi phục được.")
        typer.echo("Without keys: keep VCA_HOME/keys somewhere else; nothing is restored without them.")
    elif not made.is_encrypted:
        typer.echo("Kèm khóa mà không mã hóa: ai đọc được tệp này là mở được mọi dữ liệu niêm phong.")
        typer.echo("With keys and not encrypted: who can read this file can open all that is sealed.")
    if file.resolve().parent.stat().st_mode & OTHERS:
        typer.echo(f"Thư mục {file.resolve().parent} mở cho người khác / this folder is open to others (chmod 700).")


@app.command("backup-key")
def backup_key(file: Path) -> None:
    """Tạo cặp khóa age cho bản sao lưu: bí mật vào tệp, in khóa công khai / make an age key: secret to FILE, public printed."""
    from vca.encryption import make_identity

    typer.echo(make_identity(file))


@app.command()
def restore(
    file: Path,
    replace: Annotated[bool, typer.Option("--replace", help="Thay dữ liệu đang có / replace what is there")] = False,
    identity: _Identity = None,
) -> None:
    """Khôi phục từ bản sao lưu / restore from a backup; feeds begin a new life."""
    from vca.maintenance import restore as run

    run(file, replace=replace, identity=identity)
    typer.echo("Ai đã bị xóa dữ liệu sau bản sao lưu này thì nay trở lại: hãy chạy vca personal-data erase-again TỆP.")
    typer.echo("Whoever was erased since this backup is back: run vca personal-data erase-again FILE.")


@feeds.callback()
def _feeds() -> None:
    """Dòng thay đổi / change feeds."""


@feeds.command("renew")
def renew_feeds(service: Annotated[str | None, typer.Argument()] = None) -> None:
    """Mở đời mới: mọi bên theo dõi tải lại từ đầu / begin a new life: every follower starts over."""
    from vca.feeds import renew
    from vca.maintenance import served

    with served(service) as databases:
        for name in renew({name: each.owner_url for name, each in databases.items()}):
            typer.echo(name)


@keys.callback()
def _keys() -> None:
    """Khóa / keys."""


@keys.command("new")
def new_keys() -> None:
    """In khóa và bí mật mới dạng thiết đặt / print new keys and secrets as settings, for parts that run by themselves."""
    from vca.parts.clients import new_settings

    for line in new_settings():
        typer.echo(line)


@admin.command("create")
def create_admin(
    username: str,
    area: Annotated[str, typer.Option(help="VN hoặc một liên minh / VN or an alliance, 25-2025")] = "VN",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="VCA_ADMIN_PASSWORD")
    ] = "",
) -> None:
    """Tạo người quản trị đầu tiên / make the first administrator."""
    from services.identity.bootstrap import create_admin as create
    from vca.maintenance import database_urls

    with database_urls("identity") as urls:
        try:
            asyncio.run(create(urls["identity"], username, password, area))
        except ValueError as error:
            raise Refusal(*error.args) from None
    typer.echo(username)


@admin.command("confirm")
def confirm(name: str) -> None:
    """Xác nhận việc chỉ máy chủ còn xác nhận được / confirm what no other administrator can: a user name or client id."""
    from services.identity.host_confirmation import confirm_on_host
    from vca.maintenance import database_urls

    with database_urls("identity") as urls:
        try:
            asyncio.run(confirm_on_host(urls["identity"], name))
        except ValueError as error:
            raise Refusal(*error.args) from None
    typer.echo(name)


@admin.command("reset-second-factor")
def reset_second_factor(username: str) -> None:
    """Bỏ yếu tố thứ hai của quản trị viên duy nhất / take away the second factor of the only administrator."""
    from services.identity.host_confirmation import reset_second_factor_on_host
    from vca.maintenance import database_urls

    with database_urls() as urls:
        try:
            asyncio.run(reset_second_factor_on_host(urls["identity"], username))
        except ValueError as error:
            raise Refusal(*error.args) from None
    typer.echo(username)


def add_commands(first_word: list[str]) -> None:
    """Add the commands that import much, only when they are asked for, and to the list of all."""
    if first_word == ["demo"]:
        from vca.demo.command import app as demo

        app.add_typer(demo, name="demo")
    if first_word in (["keys"], [], ["--help"]):
        from vca.key_rotation import retire_key, rotate_keys

        keys.command("rotate")(rotate_keys)
        keys.command("retire")(retire_key)
    if first_word in (["audit"], [], ["--help"]):
        from vca.audit import app as audit

        app.add_typer(audit, name="audit")
    if first_word in (["personal-data"], [], ["--help"]):
        from vca.personal_data import app as personal_data

        app.add_typer(personal_data, name="personal-data")
    if first_word in (["sandbox"], [], ["--help"]):
        from vca.sandbox.command import app as sandbox

        app.add_typer(sandbox, name="sandbox")


def main() -> None:
    """Run the command; what stands in the way is one sentence and exit code 2."""
    add_commands(sys.argv[1:2])
    run: Callable[[], None] = app
    try:
        run()
    except Refusal as refusal:
        _refuse(refusal)
    except PermissionError as error:
        if (refused := of_another_user(error)) is None:
            raise
        _refuse(refused)


def _refuse(refusal: Refusal) -> NoReturn:
    print(f"vca: {refusal.vi}\nvca: {refusal.en}", file=sys.stderr)
    raise SystemExit(2) from None
