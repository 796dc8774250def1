"""Who tries to sign in, for the throttle: a device known to the account, or a stranger at an address."""

from __future__ import annotations

import ipaddress

from kernel.runtime.logging import get_logger
from kernel.web.calls import Call
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.security import throttle
from services.identity.security.throttle import Attempt
from services.identity.signin import cookies
from services.identity.tokens.issue import claims_of

log = get_logger()


def address_of(call: Call) -> str:
    """Return the address a request comes from: as the gateway says, which clients cannot, else the connection's."""
    _notice_proxy(call)
    client = call.request.client
    return call.request.headers.get("x-vca-address") or (client.host if client is not None else "unknown")


def _notice_proxy(call: Call) -> None:
    """Say once that a proxy passes calls on which nobody named: behind it everybody has one address, and one limit."""
    identity = identity_of(call)
    if identity.settings.trusted_hops or identity.has_noticed_proxy:
        return
    hops = [each.strip() for each in call.request.headers.get("x-forwarded-for", "").split(",")]
    # Who sends the header without a proxy comes from a public address.
    if len(hops) > 1 and _is_private(hops[-1]):
        identity.has_noticed_proxy = True
        log.warning("proxy.not_trusted", proxy=hops[-1], do="set VCA_TRUSTED_HOPS to the number of proxies in front")


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def on_the_page(call: Call, what: str, account: AccountRow | None, *, is_strict: bool = False) -> Attempt:
    """Return a try of `what`, a user name or a second factor, on the sign-in page."""
    sealer = identity_of(call).sealer
    device = cookies.device(call)
    if account is not None and device.knows(account):
        return throttle.known(sealer, what, device.id)
    return throttle.stranger(sealer, what, address_of(call), is_strict=is_strict)


def in_session(call: Call, what: str) -> Attempt:
    """Return a try of `what` by the bearer of a token: who stole it delays that session alone."""
    identity = identity_of(call)
    _, _, token = call.request.headers["authorization"].partition(" ")
    return throttle.known(identity.sealer, what, f"session {claims_of(identity, token).get('sid')}")
