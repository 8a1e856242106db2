"""What ``made_with`` covers: every choice that can change a report changes the digest."""

from pathlib import Path

import pytest

from scantally.detector.config import Config
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.config.scanners import load_profile
from scantally.detector.errors import ConfigError
from scantally.detector.formats import ReadOptions
from scantally.detector.pipeline import open_inspector


def digest(**choices: object) -> str:
    return open_inspector(**choices).made_with.config_sha256  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain() -> str:
    return digest()


def test_the_same_choices_give_the_same_digest(plain: str) -> None:
    assert digest(config=Config(), reading=ReadOptions()) == plain


@pytest.mark.parametrize(
    "choice",
    [
        {"config": Config(checks=CheckSettings(sure=0.6))},
        {"reading": ReadOptions(profile=load_profile("ajna"))},
        {"reading": ReadOptions(pitch_mm=4.4)},
        {"reading": ReadOptions(energies_mv=(6.0,))},
        {"reading": ReadOptions(polarity="bright")},
    ],
)
def test_another_choice_gives_another_digest(choice: dict[str, object], plain: str) -> None:
    assert digest(**choice) != plain


def test_the_sites_goods_count(plain: str, tmp_path: Path) -> None:
    site = tmp_path / "goods.yaml"
    site.write_text(
        "goods:\n  '8703': {title: cars of ours, loads: {machinery: 1.0}, packages: [VN], objects: [vehicle]}\n"
    )
    assert digest(goods=site) != plain


def test_a_misspelt_check_is_refused() -> None:
    settings = CheckSettings(release_requires=("empty", "emtpy"))
    with pytest.raises(ConfigError, match=r"^checks\.release_requires: expected names among .*, got 'emtpy'$"):
        open_inspector(config=Config(checks=settings))


@pytest.mark.parametrize("setting", ["high_labels", "prohibited_labels"])
def test_a_misspelt_label_is_refused(setting: str) -> None:
    """It would never be seen, and nobody would miss it."""
    settings = CheckSettings.model_validate({setting: ("firearm", "fierarm")})
    with pytest.raises(
        ConfigError, match=rf"^checks\.{setting}: expected labels of the package cargo/.*, got 'fierarm'$"
    ):
        open_inspector(config=Config(checks=settings))


def test_the_defaults_are_not_asked_of_a_package_with_other_labels(tmp_path: Path) -> None:
    from scored_packages import cell_package

    package = cell_package(tmp_path / "1.0")
    assert open_inspector(package).detector.card.name
    settings = CheckSettings(prohibited_labels=("ammunition",))
    with pytest.raises(
        ConfigError, match=r"^checks\.prohibited_labels: expected labels of the package .*, got 'ammunition'$"
    ):
        open_inspector(package, config=Config(checks=settings))


@pytest.mark.parametrize(
    ("text", "place", "label"),
    [
        ('goods: {"8703": {title: our cars, loads: {vehicels: 1}}}', "goods.8703.loads", "vehicels"),
        ('goods: {"8703": {title: our cars, strange: [cartoons]}}', "goods.8703.strange", "cartoons"),
        ('goods: {"8703": {title: our cars, objects: [vehicel]}}', "goods.8703.objects", "vehicel"),
        ("package_kinds: {QQ: {title: our box, load: boxes}}", "package_kinds.QQ.load", "boxes"),
        ("package_kinds: {QQ: {title: our box, objects: [guns]}}", "package_kinds.QQ.objects", "guns"),
    ],
)
def test_a_misspelt_label_of_the_sites_goods_is_refused(tmp_path: Path, text: str, place: str, label: str) -> None:
    site = tmp_path / "goods.yaml"
    site.write_text(text)
    with pytest.raises(ConfigError) as told:
        open_inspector(goods=site)
    said = str(told.value)
    assert said.startswith(f"{site}: {place}: expected one of ammunition, ") and said.endswith(f", got '{label}'")


def test_a_sites_goods_may_name_what_only_its_package_knows(tmp_path: Path) -> None:
    site = tmp_path / "goods.yaml"
    site.write_text('goods: {"8703": {title: our cars, strange: [own_label, vehicles]}}')
    assert load_goods(site, {"own_label"}).goods["8703"].strange == ("own_label", "vehicles")


def test_a_misspelt_way_is_refused() -> None:
    """It would leave every chance as it is, and nobody would notice."""
    decision = DecisionSettings(ways={"wrong_goods": 2.0, "wrong_godos": 2.0})
    with pytest.raises(ConfigError, match=r"^decision\.ways: expected names among false_empty, .*, got 'wrong_godos'$"):
        open_inspector(config=Config(decision=decision))
    assert open_inspector(config=Config(decision=DecisionSettings(ways={"false_empty": 2.0}))).tables
