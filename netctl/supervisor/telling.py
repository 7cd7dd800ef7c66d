"""What the supervisor says: each thing once, until it has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Say = Callable[[str], None]


@dataclass(slots=True)
class Telling:
    """Says what is so of a subject when it becomes so; what has ended may be said again."""

    say: Say
    known: dict[str, object] = field(default_factory=dict)

    def of(self, subject: str, what: object, text: str) -> None:
        """Say `text`, unless `what` was the last thing known of the subject."""
        if self.known.get(subject) != what:
            self.known[subject] = what
            self.say(text)

    def over(self, subject: str) -> None:
        """What was said of it is no longer so."""
        self.known.pop(subject, None)

    def only(self, prefix: str, subjects: Collection[str]) -> None:
        """Of all subjects with this prefix, only these still are."""
        for subject in [one for one in self.known if one.startswith(prefix) and one not in subjects]:
            del self.known[subject]
