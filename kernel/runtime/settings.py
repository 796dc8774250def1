"""Settings that every service shares, read once from the environment in `create_app`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.runtime.given import given_text


class ServiceSettings(BaseSettings):
    """One service's settings; each is the environment variable `VCA_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="VCA_", extra="ignore", env_ignore_empty=True)

    database_url: str = Field(description="postgresql://… of this service's own database")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Where clients reach the gateway")
    jwks_file: Path | None = Field(default=None, description="Public keys, as identity writes them")
    home: Path = Field(default=Path(".vca"), description="Folder of files, keys and logs")
    area: str = Field(default="VN", description="What this deployment holds: VN or one alliance")
    pool_size: int = Field(default=12, ge=2, le=200)
    files_url: str | None = Field(default=None, description="Object store of attachments; default: a folder")
    identity_url: str | None = Field(default=None, description="Where identity gives this service its tokens")
    registry_url: str | None = Field(default=None, description="The registry that this service asks and follows")
    funds_url: str | None = Field(
        default=None, description="The funds, which the registry asks before it deletes, and reporting for figures"
    )
    training_url: str | None = Field(
        default=None, description="Training, which the registry asks before it deletes, and reporting for figures"
    )
    reporting_url: str | None = Field(default=None, description="Reporting, which the registry asks before it deletes")
    client_id: str | None = Field(default=None, description="The client system that this service calls others as")
    client_secret: SecretStr | None = None
    sandbox_clock: Path | None = Field(default=None, description="The file that says which day a sandbox has")
    log_level: str = "INFO"
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Where Prometheus reads /metrics; 0: nowhere")
    metrics_bind: str = Field(default="127.0.0.1", description="The address that it is read at")
    metrics_dir: Path | None = Field(
        default=None, description="A folder of sockets instead, where one process gathers the metrics of several"
    )
    otlp_endpoint: str | None = Field(
        default=None, description="Where spans are sent, OTLP over HTTP; default: nowhere"
    )
    trace_share: float = Field(
        default=1.0, ge=0, le=1, description="Of the traces that begin here, the part that is sent"
    )
    # Open at once, of one subject in all copies of the service (kernel/web/limits.py, copies.py).
    calls_per_person: int = Field(default=64, ge=1)
    calls_per_system: int = Field(default=128, ge=1)
    uploads_per_person: int = Field(default=8, ge=1)
    uploads_per_system: int = Field(default=16, ge=1)
    polls_per_person: int = Field(default=8, ge=1)
    polls_per_system: int = Field(default=32, ge=1)
    exports_per_person: int = Field(default=8, ge=1)
    exports_per_system: int = Field(default=32, ge=1)
    unusual_readings_per_hour: int | None = Field(
        default=None,
        ge=1,
        description="Readings of personal data of one subject that are usual; default: the dated rule",
    )
    least_bytes_per_second: int = Field(default=2048, ge=1, description="A body that comes more slowly is refused")

    @property
    def issuer(self) -> str:
        """Issuer of the tokens accepted here."""
        return f"{self.public_url.rstrip('/')}/v1/identity"

    @property
    def has_metrics(self) -> bool:
        """Whether anything is counted."""
        return self.metrics_dir is not None or self.metrics_port > 0

    @classmethod
    def for_service(cls, service: str, **given: Any) -> ServiceSettings:
        """Read the settings of `service`: `VCA_DATABASE_URL_<SERVICE>` wins over `VCA_DATABASE_URL`, so too the client's secret.

        Each of the two may lie in a file (`…_FILE`). Raises SettingRefused.
        """
        for name in ("database_url", "client_secret"):
            own = given_text(f"VCA_{name.upper()}_{service.upper()}") or given_text(f"VCA_{name.upper()}")
            if own and name not in given:
                given[name] = own
        if "client_secret" in given and not os.environ.get("VCA_CLIENT_ID"):
            given.setdefault("client_id", f"service-{service}")
        return cls(**given)
