"""What is asked of the catalogue, once the words are understood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from assistant.catalogue.conditions import Condition


class Asked(Enum):
    DOCUMENTS = auto()
    VALUES = auto()  # of a key, over the documents
    GROUPS = auto()  # how many documents each value of a key has
    END = auto()  # the newest, the longest ... documents
    LARGEST = auto()  # the values that most documents have; or the fewest
    LIBRARY = auto()  # what there is, altogether


@dataclass(frozen=True)
class Query:
    """`key`: whose values are asked for, or by which the documents are ordered or grouped.

    `end`: "newest", "fewest" and the like, and `top` how many of them. `every`: whether all
    documents are so. `amount`: how many documents a value must have.
    """

    asked: Asked
    key: str = ""
    conditions: tuple[Condition, ...] = ()
    count: bool = False
    yes_no: bool = False
    every: bool = False
    files: bool = False
    end: str = ""
    top: int = 1
    amount: tuple[str, int] | None = None

    @property
    def names_documents(self) -> bool:
        return any(condition.named for condition in self.conditions)
