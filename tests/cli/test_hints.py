"""What a hint tells people to type must be something that this command line takes."""

import re

import pytest
import typer

from bringup.base.messages import FAMILIES, catalogue
from bringup.cli import main as cli

COMMANDS = typer.main.get_command(cli.app).commands
TYPED = re.compile(r"`bringup ([^`]+)`")


def typed():
    """Yield each command that the catalogues name: (code, words after ``bringup``)."""
    for family in sorted(set(FAMILIES.values())):
        for code, row in catalogue(family).items():
            for key, text in row.items():
                found = TYPED.findall(text)
                if key.startswith("hint") and text.startswith("bringup "):
                    found.append(text.removeprefix("bringup "))
                for words in found:
                    yield pytest.param(words.split(), id=f"{code}-{key}-{words}")


@pytest.mark.parametrize("words", list(typed()))
def test_a_command_in_a_text_exists(words):
    verb, *rest = words
    options = {option for parameter in COMMANDS[verb].params for option in parameter.opts}
    before_command = rest[: rest.index("--")] if "--" in rest else rest
    assert {word for word in before_command if word.startswith("-")} <= options
