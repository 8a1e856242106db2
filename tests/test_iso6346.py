"""Container numbers and size/type codes against ISO 6346's own rule, worked by hand here."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scantally.detector.config.iso6346 import normalise_number, number_problem, size_type_name

FORM = "a container number of ISO 6346 (three letters of the owner, then U, J, Z or R, then seven digits)."
LETTERS = string.ascii_uppercase

# Values of the letters in ISO 6346, annex A: 10 upwards, leaving out multiples of 11.
VALUES = dict(zip(LETTERS, [n for n in range(10, 39) if n % 11], strict=True))


def by_hand(ten: str) -> str:
    """The check digit, from the standard's rule alone."""
    total = sum((VALUES[c] if c in VALUES else int(c)) * 2**i for i, c in enumerate(ten))
    return str(total % 11 % 10)


numbers = st.builds(
    lambda owner, kind, serial: (ten := owner + kind + serial) + by_hand(ten),
    st.text(LETTERS, min_size=3, max_size=3),
    st.sampled_from("UJZR"),
    st.text(string.digits, min_size=6, max_size=6),
)


@pytest.mark.parametrize(
    "number",
    [
        "CSQU3054383",  # the standard's example
        "TOLU4734787",
        "MSKU0383250",
        "TASU1170000",  # the sum leaves 10, written 0
        "csqu 305438-3",
    ],
)
def test_a_valid_number_has_no_problem(number: str) -> None:
    assert number_problem(number) is None


def test_the_remainder_ten_is_written_zero() -> None:
    total = sum((VALUES[c] if c in VALUES else int(c)) * 2**i for i, c in enumerate("TASU117000"))
    assert total % 11 == 10
    assert number_problem("TASU1170001") == (
        "The check digit of container number TASU1170001 is wrong: expected 0, got 1."
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("CSQU3054384", "The check digit of container number CSQU3054384 is wrong: expected 3, got 4."),
        ("CSQU1234567", "'CSQU1234567' is a placeholder, not a container number."),
        ("", "The container number is empty."),
        (" - ", "The container number is empty."),
        ("XXXXXXXXXXX", "'XXXXXXXXXXX' is a placeholder, not a container number."),
        ("tba", "'TBA' is a placeholder, not a container number."),
        ("ABCU0000000", "'ABCU0000000' is a placeholder, not a container number."),
        (
            "AD12345",
            f"'AD12345' is not {FORM}",
        ),
        (
            "CSQX3054383",
            f"'CSQX3054383' is not {FORM}",
        ),
        (
            "CSQU305438",
            f"'CSQU305438' is not {FORM}",
        ),
        (
            "CSQU305438٣",  # an Arabic three is a digit to Python, not to the standard
            f"'CSQU305438٣' is not {FORM}",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(number: str, sentence: str) -> None:
    assert number_problem(number) == sentence


def test_a_long_number_is_cut_in_the_sentence() -> None:
    problem = number_problem("AB" * 500)
    assert problem is not None
    assert problem.startswith("'" + "AB" * 18 + "A...' is not")


@given(numbers)
def test_every_number_with_the_check_digit_of_the_standard_is_valid(number: str) -> None:
    assert number_problem(number) is None


@given(numbers, st.integers(1, 9))
def test_every_other_check_digit_is_a_problem(number: str, step: int) -> None:
    wrong = number[:10] + str((int(number[10]) + step) % 10)
    assert number_problem(wrong) is not None


@given(numbers, st.sampled_from([" ", "-", "\u2013", ".", "/", "\u00a0", "\t"]), st.integers(0, 11))
def test_separators_and_small_letters_do_not_matter(number: str, gap: str, at: int) -> None:
    assert normalise_number(number[:at].lower() + gap + number[at:]) == number


@given(st.text(max_size=30))
def test_any_text_gets_an_answer_and_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise_number(text)
    assert normalise_number(once) == once
    assert number_problem(text) == number_problem(once)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("22G1", "20 ft general purpose container"),
        ("42g1", "40 ft general purpose container"),
        ("45G1", "40 ft high cube container"),
        ("45R1", "40 ft reefer high cube container"),
        ("22T6", "20 ft tank container"),
        ("22U1", "20 ft open top container"),
        ("22P1", "20 ft flat (fixed ends)"),
        ("L5G1", "45 ft high cube container"),
        ("45G4", None),  # the table calls it unrecognised
        ("8888", None),  # 'uncontainerised'
        ("12TR", None),
        ("ZZZZ", None),
        ("", None),
    ],
)
def test_size_type_codes(code: str, name: str | None) -> None:
    assert size_type_name(code) == name
