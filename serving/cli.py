"""``scantally serve``: the service, in one command and one folder."""

from pathlib import Path
from typing import Annotated

import typer


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
    from scantally.serving.store.store import open_store

    settings = load_settings(config, folder)
    chosen = {"host": host, "port": port}
    settings = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    open_store(settings).close()  # what cannot be used is told before anything listens
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="info", server_header=False)
