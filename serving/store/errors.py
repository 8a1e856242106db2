"""What can go wrong in the store, as one tree. Beside each, the answer that a client gets.

ScantallyError
└── StoreError
    ├── StoreBusyError      the database is locked or away for longer than we wait: try again (503)
    ├── StoreFullError      no room on the disk (507)
    ├── StoreFailedError    the disk or the database answers with an error of its own (500)
    ├── StoreVersionError   the database belongs to newer software
    ├── FileLostError       a file that should be there is missing or damaged (500)
    ├── TooLargeError       more bytes than are allowed (413)
    ├── QueueFullError      too many scans wait already (429)
    └── KeyReusedError      an Idempotency-Key came again with another request (422)
"""

from scantally.detector.errors import ScantallyError, one_line


class StoreError(ScantallyError):
    """Base of the store's errors; the text is one line."""

    def __init__(self, text: str) -> None:
        super().__init__(one_line(text))


class StoreBusyError(StoreError):
    """The database is locked or away. Whether an interrupted change was made is unknown; each may be asked for again."""


class StoreFullError(StoreError):
    """No room is left on the disk of the folder or of the database."""


class StoreFailedError(StoreError):
    """The disk or the database failed."""


class StoreVersionError(StoreError):
    """The database was made by newer software."""


class FileLostError(StoreError):
    """A file that the database names is not there, or is not what it was."""


class TooLargeError(StoreError):
    """Content beyond the limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"more than the {limit} bytes that are allowed")


class QueueFullError(StoreError):
    """As many scans wait as may wait."""

    def __init__(self, queued: int) -> None:
        self.queued = queued
        super().__init__(f"{queued} scans wait already; try again later")


class KeyReusedError(StoreError):
    """A known Idempotency-Key with another request than its first one."""

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key came before with another request; expected the same request or a new key"
        )
