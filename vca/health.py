"""`vca health`: whether the gateway of this machine answers, over TLS as well; for the health check of an image."""

from __future__ import annotations

import http.client
import os
import ssl

from vca.errors import Refusal
from vca.exposure import EVERYWHERE, bound_to
from vca.settings import Place

_SECONDS = 4.0


def check(place: Place) -> None:
    """Ask for VCA_HEALTH_PATH. Raises Refusal unless it is answered with 200.

    The certificate is made out to the name that clients use, and may have run out: whether it is good is for them to judge.
    """
    path = os.environ.get("VCA_HEALTH_PATH") or "/health"
    host = "127.0.0.1" if bound_to() in EVERYWHERE else bound_to()
    connection: http.client.HTTPConnection
    if os.environ.get("VCA_TLS_CERT"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, place.port, timeout=_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, place.port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Refusal(f"Cổng không trả lời: {error}.", f"The gateway does not answer: {error}.") from None
    finally:
        connection.close()
    if status != 200:
        raise Refusal(f"{path} trả lời {status}.", f"{path} answers {status}.")
