"""The checkout that these commands belong to."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
