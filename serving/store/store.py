"""Everything that the service keeps, opened once."""

from dataclasses import dataclass

from sqlalchemy import Engine

from scantally.serving.settings import ServeSettings
from scantally.serving.store.clock import Clock
from scantally.serving.store.engine import open_engine
from scantally.serving.store.files import FileStore, open_files
from scantally.serving.store.migrations import migrate


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """Database and files. Threads may share it; each process opens its own."""

    engine: Engine
    files: FileStore
    settings: ServeSettings

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(settings: ServeSettings, clock: Clock | None = None) -> Store:
    """Make the folder (mode 0700) where it is missing, bring the database to this version, and sweep up what interrupted writes left.

    Any number of processes may do so at once.

    Raises:
        StoreVersionError: the database belongs to newer software.
        StoreError: folder or database cannot be used.
    """
    files = open_files(settings.folder)
    engine = open_engine(settings, clock)
    try:
        migrate(engine)
        files.sweep()
    except BaseException:
        engine.dispose()
        raise
    return Store(engine=engine, files=files, settings=settings)
