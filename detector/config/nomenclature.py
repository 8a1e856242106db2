"""The Harmonized System's nomenclature, fitted beforehand, so that a description can be read: which chapter is it?

``configs/nomenclature.npz`` is written by ``scantally.training.nomenclature``. Here it is applied with numpy and rapidfuzz alone:
TF-IDF over runs of characters, multinomial naive Bayes over chapters (Manning, Raghavan, Schuetze: Introduction to Information
Retrieval, 2008, chapters 6 and 13), likeness to the nearest title of the likeliest chapters, and a conditional logit of
both whose weights were fitted on phrases that the rest had not seen, so that its shares are calibrated.
"""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from scantally.detector.config import wording
from scantally.detector.config.files import sha256, shipped

Values = NDArray[np.float32]

CANDIDATES = 5
"""Chapters, likeliest first by naive Bayes, whose titles are compared one by one; with all 96 a line would take 15 ms."""

LONGEST = 300
"""Characters of a description that are read: a damaged file may hold a novel there."""

_KNOWN_SHARE = 1 / 3
_KNOWN_SHARE_DOUBTFUL = 1 / 2  # where one little word of another language stands
_FOREIGN_WORDS = 2


class Unread(StrEnum):
    """Why a description cannot be read."""

    SHORT = "short"  # no word of three letters
    VAGUE = "vague"  # words that fit all goods, or that narrow goods without naming them
    FOREIGN = "foreign"  # another language, or fewer than a third of its words are the nomenclature's


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How likely each chapter is, by the words of a description alone."""

    shares: Mapping[str, float]  # chapter to share, falling; they add up to 1

    def top(self, count: int = 3) -> tuple[tuple[str, float], ...]:
        """The likeliest chapters, each with its share."""
        return tuple(self.shares.items())[:count]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Nomenclature:
    """C chapters, F features, N weights of features in chapters that are not zero."""

    chapters: tuple[str, ...]  # C, rising
    places: Mapping[str, int]  # feature to its row, F
    idf_F: Values
    starts_F: NDArray[np.int32]  # (F + 1,): the weights of row f are starts_F[f] to starts_F[f + 1]
    columns_N: NDArray[np.uint8]  # chapter of each weight
    weights_N: Values
    bias_C: Values  # for each unit of a text's summed TF-IDF
    titles: Mapping[str, tuple[str, ...]]  # chapter to plain titles and trade names
    words: frozenset[str]  # every word of the titles
    logit: tuple[float, float]  # weight of naive Bayes' score and of the likeness to the fourth power
    recipe: str  # JSON: inputs with their digests, settings, figures of the fit
    sha256: str

    def read(self, text: str, declared: str | None = None) -> Reading | Unread:
        """Which chapter a description reads like.

        Args:
            text: the description as the paper gives it.
            declared: a chapter that is compared title by title even if it is not among the likeliest.
        """
        words = wording.plain(text[:LONGEST])
        why = self._unread(text, words)
        if why is not None:
            return why
        scores_C = self.scores(words)
        likeness_C = self.likeness(words, scores_C, declared)
        shares_C = softmax(self.logit[0] * scores_C + self.logit[1] * likeness_C**4)
        falling_C = np.argsort(-shares_C, kind="stable")
        return Reading(shares={self.chapters[i]: float(shares_C[i]) for i in falling_C})

    def _unread(self, text: str, words: str) -> Unread | None:
        if not wording.says_words(text):
            return Unread.FOREIGN if any(letter.isalpha() and not letter.isascii() for letter in text) else Unread.SHORT
        telling = wording.content(words)
        if not telling or wording.narrows(text):
            return Unread.VAGUE
        foreign = len({word for word in words.split() if word in wording.FOREIGN})
        known = sum(word in self.words for word in telling) / len(telling)
        if foreign >= _FOREIGN_WORDS or known < (_KNOWN_SHARE_DOUBTFUL if foreign else _KNOWN_SHARE):
            return Unread.FOREIGN
        return None

    def scores(self, words: str) -> Values:
        """Naive Bayes' log-likelihood of each chapter for a plain text, (C,), up to a constant."""
        counts = {self.places[f]: n for f, n in Counter(wording.features(words)).items() if f in self.places}
        if not counts:
            return np.zeros_like(self.bias_C)
        rows = np.fromiter(counts, np.int64, len(counts))
        tfidf = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf_F[rows]
        tfidf /= np.linalg.norm(tfidf)
        lengths = self.starts_F[rows + 1] - self.starts_F[rows]
        # Every place of the chosen rows in the flat arrays: each row's start, counted on within the row.
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        at = np.repeat(self.starts_F[rows], lengths) + within
        summed = np.bincount(self.columns_N[at], np.repeat(tfidf, lengths) * self.weights_N[at], len(self.chapters))
        scores_C: Values = (summed + self.bias_C * tfidf.sum()).astype(np.float32)
        return scores_C

    def likeness(self, words: str, scores_C: Values, declared: str | None = None) -> Values:
        """Likeness of a plain text to the nearest title of the likeliest chapters and the declared one, (C,), else 0."""
        asked = {self.chapters[i] for i in np.argsort(-scores_C, kind="stable")[:CANDIDATES]} | {declared}
        return np.array([self._nearest(words, c) if c in asked else 0.0 for c in self.chapters], np.float32)

    def _nearest(self, words: str, chapter: str) -> float:
        """0 to 1: the ratio of rapidfuzz that ignores the order of words and what one text has more than the other."""
        nearest = process.extractOne(words, self.titles[chapter], scorer=fuzz.token_set_ratio)
        return 0.0 if nearest is None else float(nearest[1]) / 100


@cache
def load_nomenclature() -> Nomenclature:
    """The nomenclature as it was installed, read once."""
    return parse_nomenclature(shipped("nomenclature.npz"))


def parse_nomenclature(raw: bytes) -> Nomenclature:
    """Read what ``scantally.training.nomenclature`` wrote: arrays, and texts as bytes of UTF-8 with a line each."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        held = dict(file.items())
    chapters = tuple(_lines(held["chapters"]))
    owners, titles = _lines(held["owners"]), _lines(held["titles"])
    by_chapter: dict[str, list[str]] = {chapter: [] for chapter in chapters}
    for owner, title in zip(owners, titles, strict=True):
        by_chapter[owner].append(title)
    return Nomenclature(
        chapters=chapters,
        places={feature: i for i, feature in enumerate(_lines(held["features"]))},
        idf_F=held["idf"].astype(np.float32),
        starts_F=np.concatenate([[0], np.cumsum(held["lengths"], dtype=np.int32)]).astype(np.int32),
        columns_N=held["columns"],
        weights_N=held["weights"].astype(np.float32) * np.float32(held["step"]),
        bias_C=held["bias"].astype(np.float32),
        titles={chapter: tuple(own) for chapter, own in by_chapter.items()},
        words=frozenset(_lines(held["words"])),
        logit=(float(held["logit"][0]), float(held["logit"][1])),
        recipe=held["recipe"].tobytes().decode(),
        sha256=sha256(raw),
    )


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Shares that add up to 1, along the last axis."""
    raised: NDArray[np.floating[Any]] = np.exp(logits - logits.max(-1, keepdims=True))
    shares: NDArray[np.floating[Any]] = raised / raised.sum(-1, keepdims=True)
    return shares


def _lines(array: NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode().split("\n")
