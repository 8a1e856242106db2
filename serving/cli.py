"""``scantally serve``: the service, in one command and one folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scantally.serving.settings import ServeSettings

STOP_S = 10
"""So long a client may hold a service that is to end."""


def serve(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The service's one folder; made where there is none.")
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Settings; else DIR/serve.yaml.")] = None,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen at.")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", min=0, max=65_535, help="Port to listen at.")] = None,
) -> None:
    """Serve: accept scans and manifests over HTTP, work on them, and tell what was found."""
    import uvicorn

    from scantally.serving.app.create import create_app
    from scantally.serving.settings import load_settings

    settings = load_settings(config, folder)
    chosen = {"host": host, "port": port}
    settings = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    _require(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="info",
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
    )


def _require(settings: "ServeSettings") -> None:
    """What cannot be used is told before anything listens.

    Raises:
        InputError: folder, database, model, configuration, goods or scanner.
    """
    from scantally.detector.config import load_config
    from scantally.detector.config.goods import load_goods
    from scantally.detector.config.scanners import load_profile
    from scantally.detector.errors import ConfigError
    from scantally.detector.models.package import default_package, open_package
    from scantally.serving.store.errors import StoreError
    from scantally.serving.store.store import open_store

    load_config(settings.config)
    package = open_package(settings.model or default_package())
    load_goods(settings.goods, {label.name for label in package.card.labels})
    if settings.scanner:
        load_profile(settings.scanner)
    try:
        open_store(settings).close()
    except StoreError as e:
        raise ConfigError(str(settings.folder), str(e)) from e
