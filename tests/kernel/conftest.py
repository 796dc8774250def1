"""The registry, where the kernel is looked at from outside."""

from __future__ import annotations

from tests.support.registry_service import registry, registry_app, registry_url

__all__ = ["registry", "registry_app", "registry_url"]
