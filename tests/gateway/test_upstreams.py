"""What stands behind: a service that is down costs its own paths, what may be repeated is, and nothing else."""

from __future__ import annotations

import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.gateway.edge import Edge, Forgetful, Upstream, listens
from tests.support.answers import assert_problem
from tests.support.tokens import ISSUER, JWKS, token
from tests.support.waiting import until

KEYED = {"Idempotency-Key": "repayment-1"}


@pytest.mark.faults
def test_a_dead_service_costs_its_own_paths_and_comes_back_soon(
    edge: Edge, upstreams: dict[str, Upstream], officer: httpx.Client
) -> None:
    assert officer.get("/v1/funds/loans").status_code == 200
    upstreams["funds"].kill()
    try:
        answer = officer.get("/v1/funds/loans", headers={"Origin": "http://localhost:3000"})
        assert_problem(answer, 503, "upstream_unavailable", title="Dịch vụ tạm ngừng")
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert officer.get("/v1/registry/organizations").status_code == 200
        until(lambda: edge.counted("funds")["membership_healthy"] == 0)
        before = edge.counted("funds")
        assert_problem(officer.post("/v1/funds/loans", json={}, headers=KEYED), 503, "upstream_unavailable")
        after = edge.counted("funds")
        assert after["upstream_cx_none_healthy"] == before["upstream_cx_none_healthy"] + 1, "it is refused at once"
        assert after["upstream_rq_retry"] == before["upstream_rq_retry"], "nobody is asked again"
    finally:
        upstreams["funds"].start()
        until(lambda: listens(upstreams["funds"].port))
    until(lambda: officer.get("/v1/funds/loans").status_code == 200)


def test_a_service_that_starts_after_the_gateway_is_soon_reached(tmp_path: Path) -> None:
    late = Upstream("reporting")
    with Edge(tmp_path, {"reporting": late.port}) as gateway, gateway.client(token()) as client:
        assert client.get("/v1/reporting/reports").status_code == 503
        late.start()
        try:
            until(lambda: listens(late.port))
            until(lambda: client.get("/v1/reporting/reports").status_code == 200)
        finally:
            late.kill()


@pytest.mark.faults
def test_a_service_that_is_not_ready_for_a_moment_is_still_asked_and_after_some_seconds_no_more(
    edge: Edge, officer: httpx.Client, upstreams: dict[str, Upstream]
) -> None:
    direct = httpx.Client(base_url=f"http://127.0.0.1:{upstreams['identity'].port}")
    # Once called, it is looked at in the rhythm of one that is in use.
    assert officer.get("/v1/identity/accounts").status_code == 200
    before = edge.counted("identity")["health_check.failure"]
    direct.get("/v1/identity/readiness?is=bad")
    try:
        until(lambda: officer.get("/v1/identity/accounts").status_code == 503)
        failed = edge.counted("identity")["health_check.failure"] - before
        assert failed >= 3, "the third check in a row that fails decides, a second after the first"
    finally:
        direct.get("/v1/identity/readiness?is=good")
    until(lambda: officer.get("/v1/identity/accounts").status_code == 200)


@pytest.mark.parametrize(
    ("method", "headers", "calls"),
    [("GET", {}, 2), ("POST", KEYED, 2), ("POST", {}, 1), ("PATCH", KEYED, 1), ("PUT", {}, 1), ("DELETE", {}, 1)],
    ids=["read", "write with a key", "write without", "change", "replacement", "removal"],
)
def test_after_a_lost_answer_only_what_may_be_repeated_is(
    officer: httpx.Client, forgetful: Forgetful, method: str, headers: dict[str, str], calls: int
) -> None:
    forgetful.expect(drops=1)
    answer = officer.request(method, "/v1/training/classes", headers=headers)
    assert forgetful.calls == calls
    if calls == 1:
        assert_problem(answer, 503, "upstream_unavailable")
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "headers", "calls"),
    [("GET", {}, 2), ("POST", KEYED, 2), ("POST", {}, 1)],
    ids=["read", "write with a key", "write without"],
)
def test_a_busy_service_is_asked_again_for_what_may_be_repeated(
    officer: httpx.Client, method: str, headers: dict[str, str], calls: int
) -> None:
    key = f"{method}{len(headers)}{time.monotonic_ns()}"
    answer = officer.request(method, f"/v1/registry/busy?times=1&key={key}", headers=headers)
    assert answer.status_code == (200 if calls == 2 else 503)
    assert answer.json()["calls"] == calls
    if calls == 1:
        assert "code" not in answer.json(), "the service's own answer must pass unchanged"


def test_a_request_id_is_kept_digit_by_digit_or_made(officer: httpx.Client) -> None:
    request_id = "0192c7e0-aaaa-7bbb-8ccc-0123456789ab"
    answer = officer.get("/v1/registry/organizations", headers={"X-Request-Id": request_id, "traceparent": "00-1-2-01"})
    assert answer.headers["x-request-id"] == request_id
    assert answer.json()["headers"]["x-request-id"] == request_id
    assert answer.json()["headers"]["traceparent"] == "00-1-2-01"
    response = officer.get("/v1/registry/organizations")
    assert response.headers["x-request-id"] == response.json()["headers"]["x-request-id"] != request_id


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_large_answers_are_compressed(officer: httpx.Client, encoding: str) -> None:
    with officer.stream("GET", "/v1/registry/large", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    assert {"Accept-Encoding", "Origin"} <= {name.strip() for name in answer.headers["vary"].split(",")}
    assert len(raw) < 3_000


def test_brotli_is_preferred_and_small_answers_are_left_alone(officer: httpx.Client) -> None:
    with officer.stream("GET", "/v1/registry/large", headers={"Accept-Encoding": "gzip, deflate, br"}) as answer:
        assert answer.headers["content-encoding"] == "br"
    assert "content-encoding" not in officer.get("/v1/registry/count?key=none").headers


@pytest.mark.parametrize(
    ("path", "sent", "passed_on"),
    [
        ("/v1/registry/large", 'W/"3-9f2c41d07a"', 'W/"3-9f2c41d07a"'),
        ("/v1/registry/large", '"3"', 'W/"3"'),
        ("/v1/registry/code-lists", '"3"', 'W/"3"'),
    ],
)
def test_a_tagged_answer_is_compressed_and_its_tag_weak(
    officer: httpx.Client, path: str, sent: str, passed_on: str
) -> None:
    answer = officer.get(path, params={"etag": sent}, headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["etag"], answer.headers["content-encoding"]) == (passed_on, "gzip")
    plain = officer.get(path, params={"etag": sent}, headers={"Accept-Encoding": "identity"})
    assert plain.headers["etag"] == sent
    assert "content-encoding" not in plain.headers


def _token_by(key: ECKey, kid: str) -> str:
    claims = {"iss": ISSUER, "aud": "vca-api", "sub": "officer", "exp": int(time.time()) + 600}
    return jwt.encode({"alg": "ES256", "kid": kid}, claims, key, algorithms=["ES256"])


@pytest.mark.faults
def test_keys_rotate_under_load_without_a_lost_request(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    new = ECKey.generate_key("P-256", parameters={"kid": "next"}, private=True)
    both = {"keys": [*JWKS["keys"], new.as_dict(private=False)]}
    statuses: list[int | str] = []
    stopped = threading.Event()

    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway:

        def call_on_and_on() -> None:
            with gateway.client(token()) as client:
                while not stopped.is_set():
                    try:
                        statuses.append(client.get("/v1/registry/slow?seconds=0.002").status_code)
                    except httpx.HTTPError as error:
                        statuses.append(repr(error))

        def status(bearer: str) -> int:
            with gateway.client(bearer) as client:
                return client.get("/v1/registry/organizations").status_code

        with gateway.client(token()) as patient:
            answers: list[int] = []
            waiting = threading.Thread(
                target=lambda: answers.append(patient.get("/v1/registry/slow?seconds=4").status_code)
            )
            callers = [threading.Thread(target=call_on_and_on) for _ in range(4)]
            for thread in (waiting, *callers):
                thread.start()
            time.sleep(0.3)
            assert status(_token_by(new, "next")) == 401
            for keys in (both, JWKS, both, JWKS, both):
                gateway.use_keys(keys)
                time.sleep(0.2)
            until(lambda: status(_token_by(new, "next")) == 200)
            gateway.use_keys({"keys": both["keys"][1:]})
            stopped.set()
            for thread in (*callers, waiting):
                thread.join()
            # Keys that were taken back end their tokens.
            until(lambda: status(token()) == 401)
    assert len(statuses) > 200
    assert set(statuses[:-20]) == {200}
    assert answers == [200], "a call that was under way when the keys changed was cut"


def test_over_tls_both_http_versions_are_spoken(tmp_path: Path, upstreams: dict[str, Upstream]) -> None:
    import ssl

    cert, key = _certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(cert))
    with Edge(
        tmp_path, {"registry": upstreams["registry"].port}, tls_cert=cert, tls_key=key, limit_per_subject=100
    ) as gateway:
        with httpx.Client(base_url=gateway.url, verify=trusting) as client:
            answer = client.get("/v1/registry/organizations", headers={"Authorization": f"Bearer {token()}"})
        assert answer.status_code == 200
        assert answer.json()["headers"]["x-forwarded-proto"] == "https"
        assert "max-age" in answer.headers["strict-transport-security"]
        assert _negotiated(trusting, gateway.config.port, ["h2", "http/1.1"]) == "h2"
        assert _negotiated(trusting, gateway.config.port, ["http/1.1"]) == "http/1.1"


def _negotiated(context: ssl.SSLContext, port: int, offered: list[str]) -> str | None:
    import socket

    context.set_alpn_protocols(offered)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        return secure.selected_alpn_protocol()


def _certificate(folder: Path) -> tuple[Path, Path]:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(secret, hashes.SHA256())
    )
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, key
