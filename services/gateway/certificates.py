"""The gateway's certificate: read with its key, so that a pair half replaced is never served, and handed to Envoy inline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.gateway.clusters import ENVOY

Json = dict[str, Any]
SECRET, SECRETS_FILE = "edge", "tls.json"
"""What the listener calls the certificate, and the file from which Envoy takes it up without dropping a connection."""


def secret(cert: Path, key: Path) -> Json:
    """Return the certificate with its key as Envoy takes them. Raises ValueError where they are no pair, OSError."""
    chain, private = cert.read_text(encoding="ascii"), key.read_text(encoding="ascii")
    try:
        certificate = x509.load_pem_x509_certificates(chain.encode())[0]
        is_pair = load_pem_private_key(private.encode(), password=None).public_key() == certificate.public_key()
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{key} cannot be used: {error}") from None
    if not is_pair:
        raise ValueError(f"{key} is not the key of {cert}")
    return {
        "@type": f"{ENVOY}.extensions.transport_sockets.tls.v3.Secret",
        "name": SECRET,
        "tls_certificate": {
            "certificate_chain": {"inline_string": chain},
            "private_key": {"inline_string": private},
        },
    }


def source(run_dir: Path) -> Json:
    """Return where the listener finds the certificate."""
    file = {"path_config_source": {"path": str(run_dir / SECRETS_FILE)}, "resource_api_version": "V3"}
    return {"name": SECRET, "sds_config": file}
