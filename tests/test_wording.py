"""What is left of a description when everything that does not name goods is gone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from scantally.detector.config.wording import content, features, narrows, plain, says_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1000 bags of white rice 5% broken", "white rice broken"),
        ("Ceramic floor tiles, glazed, 60x60 cm, 1200 ctns", "ceramic floor tiles glazed"),
        ("STC 20 pallets of mobile phones HS CODE: 8517.12", "mobile phones"),
        ("SAID TO CONTAIN: 1x40' HC container with used clothing, freight prepaid", "used clothing"),
        ("SHIPPER'S LOAD AND COUNT - plywood", "plywood"),
        ("12 gauge shotgun cartridges, in boxes of 20, 200 boxes on one pallet", "gauge shotgun cartridges"),
        ("Men's trousers, made in Türkiye, PO no. 4500123", "men's trousers turkiye"),
        ("plastic bags", "plastic bags"),
        ("UREA 46% in 50kg bags", "urea"),
        ("Café torréfié", "cafe torrefie"),
        ("Bread, not containing added honey, eggs or cheese", "bread"),
        ("Horses; live, other than pure-bred breeding animals", "horses live"),
        ("net weight: 12,500 kgs steel coils", "steel coils"),
        ("20 pallets", ""),
        ("FCL/FCL", ""),
        ("陶瓷砖", ""),
        ("", ""),
        ("  \n\t ", ""),
        ("12345", ""),
    ],
)
def test_quantities_packing_and_phrases_of_the_trade_go(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("general cargo", []),
        ("FAK", []),
        ("consolidated goods, various articles", []),
        ("household goods and personal effects", []),
        ("spare parts", []),
        ("spare parts for pumps", ["pumps"]),
        ("ox", []),
        ("mixed nuts", ["nuts"]),
    ],
)
def test_vague_words_say_nothing(text: str, words: list[str]) -> None:
    assert content(plain(text)) == words


@pytest.mark.parametrize(
    ("text", "narrow"),
    [
        ("For household use, of a thickness of not less than 0,008 mm", True),
        ("In container holding 10 litres or less", True),
        ("containing by weight more than 30 % of chromium", True),
        ("- of cotton", True),
        ("Foresters' tools", False),
        ("Inks for printing", False),
        ("Other outdoor plants", True),
        ("Ceramic tiles for floors", False),
    ],
)
def test_a_description_that_only_narrows(text: str, narrow: bool) -> None:
    assert narrows(text) is narrow


@pytest.mark.parametrize(
    ("text", "says"), [("ox tail", True), ("ox", False), ("Ölöl", True), ("木材", False), ("", False)]
)
def test_words_of_latin_letters(text: str, says: bool) -> None:
    assert says_words(text) is says


@given(text=st.text(max_size=200))
def test_any_text_becomes_plain_words(text: str) -> None:
    words = plain(text)
    assert re.fullmatch(r"([a-z0-9]+('[a-z]+)?( [a-z0-9]+('[a-z]+)?)*)?", words)
    assert set(content(words)) <= set(words.split())


@given(text=st.text("ab cé19-'%", max_size=40))
def test_runs_are_those_of_scikit_learn_beside_the_words(text: str) -> None:
    words = plain(text)
    runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)).build_analyzer()(words)
    whole = [f"<{word}>" for word in words.split() if len(word) >= 3 for _ in range(3)]
    mine = features(words)
    assert sorted(set(mine)) == sorted({run for run in runs if run.strip()} | set(whole))
    assert sum(feature.startswith("<") for feature in mine) == len(whole)
