"""Kubernetes quantities."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kube.quantities import MAX_QUANTITY, parse_quantity

UNITS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}


@pytest.mark.parametrize("unit", UNITS)
@given(number=st.decimals(0, 10**15 - 1, places=3))
def test_quantity_is_its_number_times_its_unit(unit: str, number: Decimal) -> None:
    amount = number * UNITS[unit]
    assert parse_quantity(f"{number}{unit}") == (amount if amount < MAX_QUANTITY else None)


@pytest.mark.parametrize(
    ("quantity", "equal"),
    [
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1000k", "1M"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1.", "1"),
        ("+1", "1"),
        ("1e3", "1k"),
        ("1E3", "1k"),
        ("+1.5e-3", "1.5m"),
        ("1.5Gi", "1536Mi"),
    ],
)
def test_equal_quantities_can_be_written_differently(quantity: str, equal: str) -> None:
    assert parse_quantity(quantity) == parse_quantity(equal) is not None


def test_zero_is_a_quantity() -> None:
    assert parse_quantity("0") == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Gi", id="a unit alone"),
        pytest.param("-1", id="negative"),
        pytest.param("1 Gi", id="a space"),
        pytest.param(" 1Gi", id="a space before"),
        pytest.param("1Gi\n", id="a line break"),
        pytest.param("1gi", id="a unit in lower case"),
        pytest.param("1KB", id="a unit of another kind"),
        pytest.param("1K", id="kilo is k"),
        pytest.param("1mi", id="milli has no binary form"),
        pytest.param("1,5Gi", id="a comma"),
        pytest.param("nan", id="no number"),
        pytest.param("inf", id="infinity"),
        pytest.param("1e309", id="beyond floats"),
        pytest.param("1e19", id="beyond 64 bits"),
        pytest.param("8Ei", id="just beyond 64 bits"),
        pytest.param(".", id="a point alone"),
        pytest.param("1e", id="an exponent without digits"),
        pytest.param("1e3m", id="an exponent and a unit"),
        pytest.param("++1", id="two signs"),
        pytest.param("\u0663", id="an Arabic digit"),
        pytest.param("\uff11", id="a full-width digit"),
        pytest.param("9" * 5000, id="thousands of digits"),
    ],
)
def test_anything_else_is_no_quantity(text: str) -> None:
    assert parse_quantity(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_finite_quantity_or_none(text: str) -> None:
    found = parse_quantity(text)
    assert found is None or (found.is_finite() and found >= 0)
