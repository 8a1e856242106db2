"""Scanner profiles: what ships, and what is refused."""

from pathlib import Path

import pytest

from scantally.detector.config.scanners import SHIPPED, load_profile
from scantally.detector.errors import ConfigError


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_load_and_carry_their_name(name: str) -> None:
    assert load_profile(name).name == name


def test_every_shipped_file_is_listed() -> None:
    import scantally.configs.scanners as folder

    files = {path.stem for path in Path(folder.__path__[0]).glob("*.yaml")}
    assert files == set(SHIPPED)


def test_what_is_not_known_stays_unknown() -> None:
    generic, ajna = load_profile("generic"), load_profile("ajna")
    assert (generic.pitch_mm, generic.energies_mv, generic.polarity, generic.calibrated) == (None, None, None, False)
    assert (ajna.pitch_mm, ajna.energies_mv, ajna.polarity, ajna.calibrated) == (None, None, "dark", False)


def test_a_sites_own_profile(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(
        "name: gate 3\nenergies_mv: [4, 6]\npitch_mm: 4.4\ncurve: {kind: table, points: [[0, 0], [0.5, 0.1], [1, 1]]}\n"
    )
    profile = load_profile(str(path))
    assert (profile.energies_mv, profile.pitch_mm, profile.curve.kind) == ((4.0, 6.0), 4.4, "table")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\ncolour: 3\n", "unknown key 'colour'"),
        ("energies_mv: [6]\n", "key 'name' is missing"),
        ("name: x\npitch_mm: 0\n", "pitch_mm: input should be greater than 0, got 0"),
        ("name: x\npitch_mm: .inf\n", "pitch_mm: input should be a finite number, got inf"),
        ("name: x\npolarity: up\n", "polarity: input should be 'dark' or 'bright', got 'up'"),
        ("name: x\nenergies_mv: [6, 4]\n", "document: value error, energies_mv must rise: low energy first"),
        ("name: x\nbit_depth: 7\n", "bit_depth: input should be greater than or equal to 8, got 7"),
        ("name: x\ncurve: {kind: cubic}\n", "curve: input tag 'cubic' found using 'kind' does not match"),
        ("name: x\ncurve: {kind: gamma}\n", "key 'curve.gamma.exponent' is missing"),
        (
            "name: x\ncurve: {kind: table, points: [[0, 0.5], [0.5, 0.1], [1, 1]]}\n",
            "curve.table: value error, points must rise: each x above the one before, no transmission below",
        ),
        (
            "name: x\ncurve: {kind: table, points: [[0.1, 0], [1, 1]]}\n",
            "curve.table: value error, points must begin at x = 0 and end at (1, 1)",
        ),
        ("- 1\n", "expected a mapping of keys to values, got list"),
        ("name: [\n", "expected YAML: "),
    ],
)
def test_a_profile_that_makes_no_sense(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_profile(str(path))
    assert str(caught.value).startswith(f"{path}: {said}")


def test_no_such_profile(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_profile("gate")
    assert str(caught.value) == "gate: no such scanner profile: expected one of generic, ajna, or a .yaml file"
    with pytest.raises(ConfigError, match="no such file"):
        load_profile(str(tmp_path / "none.yaml"))
