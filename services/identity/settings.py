"""Identity's own settings, beside those that every service shares."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from kernel.runtime.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """Each is the environment variable `VCA_<NAME>`; the defaults run on a laptop."""

    access_token_seconds: int = Field(default=600, ge=60, le=3600, description="How long an access token is good for")
    key_rotation_days: int = Field(default=30, ge=1, le=365, description="How long one key signs")
    key_publish_minutes: int = Field(
        default=15, ge=15, le=1440, description="How long a new key is published before it signs"
    )
    refresh_grace_seconds: int = Field(
        default=30, ge=0, le=300, description="How long the refresh token before the present one gets the same answer"
    )
    second_factor: Literal["off", "optional", "required"] = Field(
        default="optional",
        description="A code beside the password: asked of nobody, of who enrolled, or required of who approves or administers",
    )
    trusted_hops: int = Field(
        default=0, ge=0, le=16, description="Proxies in front of the gateway; only to notice one that nobody named"
    )
    identity_key: SecretStr | None = Field(
        default=None, description="What opens private keys; default: the file keys/identity.key in VCA_HOME"
    )
