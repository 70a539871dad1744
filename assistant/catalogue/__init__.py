"""Questions about the library itself, answered from its catalogue: exactly, and by no model.

How many, which, the newest, by whom, under which topic, when reviewed. A question is taken only
when every word of it that carries meaning is accounted for: as a word for the library, for what is
asked of it, or as a value that stands in its catalogue. Any other question is left to the search.
"""

from __future__ import annotations

import datetime

from assistant.catalogue.entries import Shelf
from assistant.catalogue.grammar import understand
from assistant.catalogue.pieces import may_be_of_a_library
from assistant.catalogue.telling import Teller
from assistant.domain import Listing
from assistant.store import Store

LONGEST = 400  # characters: a longer question is no such one
# files that are looked through for one question, some 60 microseconds each; a library with more,
# as a Kiwix archive is, answers such questions by search alone
MOST = 100_000


def answer(
    question: str, store: Store, scope: str = "", today: datetime.date | None = None
) -> Listing | None:
    """What the catalogue says; None when the question is not about the library.

    Args:
        scope: a glob pattern that limits the answer to documents with such paths.
        today: what "this year" refers to; the present day where it is not given.
    """
    if len(question) > LONGEST or not may_be_of_a_library(question) or store.count_files() > MOST:
        return None
    shelf = Shelf(store.described(scope), question)
    query = understand(question, shelf, today or datetime.date.today())
    if query is None:
        return None
    lengths = store.lengths() if query.key == "length" else {}
    return Teller(shelf, lengths).tell(query)
