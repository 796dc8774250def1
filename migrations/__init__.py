"""One Alembic history a service; `run.upgrade` applies it, `python -m migrations.revision` writes the next step."""
