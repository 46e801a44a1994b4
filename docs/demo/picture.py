"""A source file with its gutter, as text for a terminal."""

from __future__ import annotations

from typing import Any

from rich.syntax import Syntax
from rich.text import Text

from minicov_lsp.metrics.numbers import display, percent

SIGNS = {
    "covered": ("┃", "green"),
    "partial": ("┇", "yellow"),
    "missed": ("✗", "red"),
    "excluded": ("·", "bright_black"),
    "edited": ("?", "blue"),
}
"""{mark: (sign, colour)}; the signs differ too, for those who see no colours."""


def draw(source: str, gutters: dict[str, Any]) -> Text:
    """The file as the gutter shows it: sign, line number, text, and what is missing below the line."""
    marks = {line: mark for first, last, mark in gutters["runs"] for line in range(first, last + 1)}
    notes: dict[int, list[str]] = {}
    for span in gutters["spans"]:
        messages = notes.setdefault(span["range"]["start"]["line"], [])
        if span["message"] not in messages:
            messages.append(span["message"])
    picture = Text()
    highlighted = Syntax("", "python", theme="ansi_dark").highlight(source)
    for number, line in enumerate(highlighted.split("\n")):
        sign, colour = SIGNS.get(marks.get(number, ""), (" ", ""))
        picture.append(f" {sign} ", style=colour)
        picture.append(f"{number + 1:3}", style="bright_black")
        if line:
            picture.append_text(Text(" ") + line)
        if number in notes:
            picture.append(f"   ← {'; '.join(notes[number])}", style=f"italic {colour}")
        picture.append("\n")
    return picture


def legend() -> Text:
    """What the signs mean, in one line."""
    signs = ((*SIGNS[mark], mark) for mark in ("covered", "partial", "missed", "excluded"))
    return Text("   ").join(Text(f"{sign} {mark}", style=colour) for sign, colour, mark in signs)


def summarize(summary: dict[str, Any]) -> str:
    """The file's figures in one line: "statements 9/10 (90%) · branches …"."""
    parts = [
        f"{name} {hit}/{total} ({display(percent(hit, total))}%)"
        for name in ("statements", "branches", "conditions")
        for hit, total in [summary[name]]
        if total
    ]
    return " · ".join(parts)
