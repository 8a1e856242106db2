from pathlib import Path

import pytest

from scantally.detector.errors import ConfigError
from scantally.serving.settings import ServeSettings, load_settings


def test_the_defaults_need_no_file(tmp_path: Path) -> None:
    found = load_settings(folder=tmp_path)
    assert found == ServeSettings(folder=tmp_path)
    assert (found.database, found.host, found.port) == (None, "127.0.0.1", 8765)


def test_without_anything_the_folder_is_one_of_this_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings().folder == tmp_path / "scantally-data"


def test_a_file_in_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "serve.yaml").write_text("port: 9000\nlease_s: 30\n")
    found = load_settings(folder=tmp_path)
    assert (found.port, found.lease_s, found.folder) == (9000, 30, tmp_path)


def test_a_folder_that_is_given_overrules_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text("folder: /somewhere/else\n")
    assert load_settings(file).folder == Path("/somewhere/else")
    assert load_settings(file, tmp_path).folder == tmp_path


def test_a_file_of_comments_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "serve.yaml").write_text("# port: 9000\n\n")
    assert load_settings(folder=tmp_path) == ServeSettings(folder=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:pw@db.example/scans",
        "postgres://me:pw@db.example/scans",
        "postgresql+psycopg://me:pw@db.example/scans",
    ],
)
def test_a_database_is_postgresql_with_the_one_driver(url: str) -> None:
    assert ServeSettings(database=url).database == "postgresql+psycopg://me:pw@db.example/scans"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///secret.db",
        "mysql://me:secret@db/scans",
        "postgresql+asyncpg://me:secret@db/scans",
        "secret",
        "",
        "postgresql://me:secret@db:port/scans",
        "[secret]",
    ],
)
def test_any_other_database_is_refused_and_its_password_not_shown(tmp_path: Path, url: str) -> None:
    file = tmp_path / "serve.yaml"
    file.write_text(f"database: {url!r}\n" if not url.startswith("[") else f"database: {url}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert str(caught.value) == (
        f"{file}: document: value error, database must be null (SQLite) or a URL such as postgresql://user:password@host/name"
    )


def test_the_password_is_in_no_repr() -> None:
    assert "secret" not in repr(ServeSettings(database="postgresql://me:secret@db/scans"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("port: 70000", "port: input should be less than or equal to 65535, got 70000"),
        ("max_tries: 0", "max_tries: input should be greater than or equal to 1, got 0"),
        ("lease_s: .inf", "lease_s: input should be less than or equal to 3600, got inf"),
        ("retry_after_s: .nan", "retry_after_s: input should be a finite number, got nan"),
        ("ports: 1", "unknown key 'ports'"),
        ("- 1", "expected a mapping of keys to values, got list"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "serve.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert str(caught.value) == f"{file}: {problem}"


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_settings(tmp_path / "serve.yaml")
