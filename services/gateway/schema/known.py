"""What one backend serves, told by whichever of its tasks is asked."""

from dataclasses import dataclass

from services.gateway.schema.source import Source

CONFIRMED = 5
"""Answers in a row that say less, until less is believed."""


@dataclass(slots=True)
class Known:
    """The last word of one backend.

    In a deploy old and new tasks answer in turn. What says more is taken at once;
    what says less only when nobody says more any longer, or methods would come and go
    for as long as the deploy lasts.
    """

    source: Source | None = None
    less: int = 0
    """Answers in a row that said less."""

    @property
    def settled(self) -> bool:
        """Whether nothing has to be confirmed."""
        return not self.less

    def hear(self, heard: Source) -> None:
        """Take *heard*, or wait for others to say the same."""
        if self.source is None or heard.size >= self.source.size:
            self.source, self.less = heard, 0
            return
        self.less += 1
        if self.less == CONFIRMED:
            self.source, self.less = heard, 0
