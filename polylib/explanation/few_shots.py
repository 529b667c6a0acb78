"""Worked examples that a language model reads before its task: three made-up neurons, with what they find.

None of them is among the `polylib.explanation.rules`, so that those can say what a reader of explanations understands.
"""

from dataclasses import dataclass

PREFIX = "the main thing this neuron does is find"


@dataclass(frozen=True)
class Example:
    """A neuron with its explanation, token by token."""

    text: str
    """completes PREFIX"""
    records: tuple[tuple[tuple[str, int], ...], ...]
    """tokens with their levels, 0 to 10"""
    shown_from: tuple[int, ...]
    """for a reader of levels in one pass, the place in each record from which the levels are told: before it stands the
    placeholder, so that behind a placeholder a level may always come next (Bills et al., 2023)"""


def _record(text: str, **fires: int) -> tuple[tuple[str, int], ...]:
    """Tokens parted by "|", with the levels of the words that are named."""
    return tuple((token, fires.get(token.strip(), 0)) for token in text.split("|"))


EXAMPLES = (
    Example(
        "words for animals",
        (
            _record("My| neighbour| keeps| two| cats| and| an| old| dog|,| behind| the| barn|.", cats=9, dog=10),
            _record("The| committee| meets| on| Monday| to| hear| how| a| horse| was| lost|.", horse=10),
        ),
        (0, 7),
    ),
    Example(
        "words that end in -ing",
        (
            _record(
                "In| the| morning| she| was| reading|,| and| thinking| of| home|.", morning=7, reading=10, thinking=10
            ),
            _record(
                "We| saw| a| king| and| his| men| riding| home|,| singing| loudly|.", king=6, riding=10, singing=10
            ),
        ),
        (3, 6),
    ),
    Example(
        "the word that comes after a colour",
        (
            _record("The| red| car| stood| beside| a| green| fence| under| blue| skies|.", car=10, fence=9, skies=10),
            _record("He| wore| a| black| hat|,| white| shoes| and| a| yellow| tie|.", hat=10, shoes=10, tie=10),
        ),
        (1, 4),
    ),
)
