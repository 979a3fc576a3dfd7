"""One figure of a benchmark, with its target beside it. Imports nothing, so that any benchmark can use it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table. `most` is the target, None for lines that only inform; `unit` follows the number."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        """False when a target is missed."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def target(self) -> str:
        """The target in words."""
        if self.most is not None and self.most == self.least:
            return f"= {_number(self.most)}"
        if self.most is not None:
            return f"<= {_number(self.most)}"
        return f">= {_number(self.least)}" if self.least is not None else ""

    def line(self) -> str:
        """The line as it is printed."""
        verdict = "" if not self.target else "met" if self.is_met else "MISSED"
        shown = f"{_number(self.value)} {self.unit}".rstrip()
        return f"  {self.name:<58} {shown:>12}  {self.target:<9} {verdict:<7}{self.note}".rstrip()


def _number(value: float) -> str:
    if abs(value) < 1e6 and value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.1f}"
