import hashlib
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_disk import FAULTS, CrashError, Fault, ModelDisk

from scantally.serving.store.errors import FileLostError, StoreError, StoreFailedError, StoreFullError, TooLargeError
from scantally.serving.store.files import FileStore, Stored, open_files

SERVICE = Path("/srv/scantally")
CHUNKS = (b"scan of ", b"a container", b"")
CONTENT = b"".join(CHUNKS)
SHA = hashlib.sha256(CONTENT).hexdigest()
NAME = f"{SHA[:2]}/{SHA}"
LIMIT = 1000


def fresh_disk() -> ModelDisk:
    """A disk with ``/srv`` on it."""
    disk = ModelDisk()
    disk.make_folder(Path("/srv"))
    disk.fsync_folder(Path("/"))
    return disk.started_again()


def keep(disk: ModelDisk) -> Stored:
    return open_files(SERVICE, disk).put(CHUNKS, LIMIT)


def after_faults(before: ModelDisk | None = None) -> Iterator[tuple[str, ModelDisk, bool]]:
    """A file is kept, and every single call fails or dies in turn: which it was, the disk, and whether ``put`` returned."""
    whole = fresh_disk()
    keep(whole)
    for fault in FAULTS:
        for at in range(len(whole.calls)):
            disk = fresh_disk() if before is None else before.power_cut(lucky_names=False)
            disk.fault, disk.at = fault, at
            try:
                keep(disk)
            except (StoreError, CrashError):
                yield f"{fault} at call {at}", disk, False
            else:
                yield f"{fault} at call {at}", disk, True


def with_a_file() -> ModelDisk:
    disk = fresh_disk()
    keep(disk)
    return disk


def afterwards(disk: ModelDisk) -> list[ModelDisk]:
    """What the next process may find."""
    return [disk.started_again(), disk.power_cut(lucky_names=False), disk.power_cut(lucky_names=True)]


def test_what_put_returned_for_outlives_a_power_cut() -> None:
    disk = fresh_disk()
    assert keep(disk) == Stored(sha256=SHA, size=len(CONTENT))
    for later in afterwards(disk):
        assert later.files(SERVICE / "files") == {NAME: CONTENT}


def test_after_any_fault_a_name_stands_for_the_whole_content_or_is_not_there() -> None:
    tried = 0
    for which, disk, returned in after_faults():
        tried += 1
        for later in afterwards(disk):
            files = {name: raw for name, raw in later.files(SERVICE / "files").items() if not name.startswith("parts/")}
            assert files in ({}, {NAME: CONTENT}), which
            assert files or not returned, f"{which}: put returned, and the file is gone"
    assert tried > 40


def test_after_any_fault_nothing_else_stays_than_a_temporary_file_which_is_swept_up() -> None:
    for which, disk, _ in after_faults():
        for later in afterwards(disk):
            later.now += 7200
            store = open_files(SERVICE, later)
            left = {name for name in later.files(SERVICE / "files") if name != NAME}
            assert len(left) <= 1 and all(name.startswith("parts/") for name in left), which
            assert store.sweep() == len(left)
            assert set(later.files(SERVICE / "files")) <= {NAME}, which


def test_after_any_fault_the_same_put_succeeds() -> None:
    for which, disk, _ in after_faults():
        for later in afterwards(disk):
            assert keep(later).sha256 == SHA
            assert later.power_cut(lucky_names=False).files(SERVICE / "files")[NAME] == CONTENT, which


def test_no_fault_harms_a_file_that_was_kept_before() -> None:
    for which, disk, _ in after_faults(with_a_file()):
        for later in afterwards(disk):
            assert later.files(SERVICE / "files")[NAME] == CONTENT, which


def test_a_fault_that_is_told_leaves_no_temporary_file() -> None:
    fault: Fault
    for fault in ("ENOSPC", "EIO"):
        disk = with_a_file()
        store = FileStore(folder=SERVICE / "files", disk=disk)
        begin = len(disk.calls)
        store.put([b"another"], LIMIT)
        for at in range(begin, len(disk.calls)):
            disk = with_a_file()
            disk.fault, disk.at = fault, at
            with pytest.raises(StoreFullError if fault == "ENOSPC" else StoreFailedError):
                FileStore(folder=SERVICE / "files", disk=disk).put([b"another"], LIMIT)
            assert not [name for name in disk.files(SERVICE / "files") if name.startswith("parts/")]


def test_without_the_syncs_the_model_disk_does_lose_files() -> None:
    """The tests above would be worth nothing on a disk that forgets nothing."""
    for forgotten in ("fsync", "fsync_folder"):
        disk = fresh_disk()
        setattr(disk, forgotten, lambda _: None)
        keep(disk)
        assert any(later.files(SERVICE / "files") != {NAME: CONTENT} for later in afterwards(disk))


def test_a_fault_says_what_and_where_in_one_line() -> None:
    disk = with_a_file()
    disk.fault, disk.at = "ENOSPC", len(disk.calls) + 1
    with pytest.raises(StoreFullError, match=r"^/srv/scantally/files/parts/[0-9a-f]{32}: No space left on device$"):
        FileStore(folder=SERVICE / "files", disk=disk).put(CHUNKS, LIMIT)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return open_files(tmp_path / "deep" / "service")


def test_content_comes_back_as_it_was(files: FileStore) -> None:
    stored = files.put(CHUNKS, LIMIT)
    with files.open(SHA) as file:
        assert file.read() == CONTENT
    assert files.read(SHA) == CONTENT and files.has(SHA) and files.verify(SHA)
    assert stored == Stored(sha256=SHA, size=len(CONTENT))
    assert (files.folder / NAME).is_file()


def test_folders_and_files_are_their_owners_alone(files: FileStore) -> None:
    files.put(CHUNKS, LIMIT)
    places = [files.folder.parent, files.folder, files.folder / SHA[:2], files.folder / NAME]
    assert [oct(stat.S_IMODE(place.stat().st_mode)) for place in places] == ["0o700"] * 3 + ["0o600"]


def test_an_empty_file_is_a_file(files: FileStore) -> None:
    assert files.read(files.put([], LIMIT).sha256) == b""


def test_the_limit_is_the_last_size_that_is_taken(files: FileStore) -> None:
    assert files.put([b"x" * LIMIT], LIMIT).size == LIMIT
    with pytest.raises(TooLargeError, match=r"^more than the 1000 bytes that are allowed$"):
        files.put([b"x" * LIMIT, b"y"], LIMIT)
    assert list((files.folder / "parts").iterdir()) == []


def test_too_much_is_refused_before_the_rest_is_read(files: FileStore) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 400

    with pytest.raises(TooLargeError):
        files.put(endless(), LIMIT)


def test_what_the_sender_breaks_is_his_error(files: FileStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        files.put(broken(), LIMIT)
    assert list((files.folder / "parts").iterdir()) == []


def test_a_damaged_file_is_told_and_healed(files: FileStore) -> None:
    files.put(CHUNKS, LIMIT)
    (files.folder / NAME).write_bytes(CONTENT[:-1])
    assert files.has(SHA) and not files.verify(SHA)
    with pytest.raises(FileLostError, match=r"is damaged: its content has another SHA-256$"):
        files.read(SHA)
    files.put(CHUNKS, LIMIT)
    assert files.verify(SHA)


def test_a_missing_file_is_told(files: FileStore) -> None:
    assert not files.has(SHA) and not files.verify(SHA)
    with pytest.raises(FileLostError, match=f"^file {SHA} is missing$"):
        files.read(SHA)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", SHA.upper(), SHA + "\n", "/" + SHA[1:]])
def test_only_a_hash_is_a_name(files: FileStore, name: str) -> None:
    with pytest.raises(FileLostError, match="no file has such a name"):
        files.open(name)


def test_a_young_temporary_file_is_another_process_at_work(files: FileStore) -> None:
    old, young = (files.folder / "parts" / name for name in ("old", "young"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert files.sweep() == 1
    assert young.exists() and not old.exists()


def test_many_threads_keep_the_same_content_at_once(files: FileStore) -> None:
    def put() -> None:
        for _ in range(10):
            assert files.put(CHUNKS, LIMIT).sha256 == SHA
            assert files.verify(SHA)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files.verify(SHA) and list((files.folder / "parts").iterdir()) == []


def test_free_room_is_said(files: FileStore) -> None:
    assert 0 < files.free_bytes() <= os.statvfs(files.folder).f_blocks * os.statvfs(files.folder).f_frsize


def test_a_place_that_is_no_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreFailedError, match="file"):
        open_files(tmp_path / "file")
