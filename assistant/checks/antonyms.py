"""Words that say the opposite of each other. Each has a base form and a sign."""

from __future__ import annotations

from assistant import text

# the base and its like | their opposites
_PAIRS = """
allow permit let | forbid forbidden prohibit ban disallow
include contain | exclude omit
open | close closed shut
increase rise rose grow grew raise | decrease fall fell reduce decline drop shrink
before | after
more | less fewer
most | least fewest
above | below beneath underneath
maximum max | minimum min
first | last
safe | dangerous hazardous
accept | refuse reject
add | remove subtract
start begin began | stop end finish
right correct | wrong incorrect
true | false
same | different
high | low
higher upper | lower
highest | lowest
big large | small
bigger larger | smaller
biggest largest | smallest
long tall | short
longer | shorter
longest | shortest
early | late
earlier | later
earliest | latest
fast quick quickly | slow slowly
faster quicker | slower
hot | cold
hotter | colder
warm | cool
warmer | cooler
cheap | expensive dear costly
cheaper | dearer
easy easily | hard difficult
easier | harder
strong | weak
stronger | weaker
new young | old
newer younger | older
newest youngest | oldest
thick | thin
thicker | thinner
heavy | light
heavier | lighter
push | pull
win won | lose lost
buy bought | sell sold
lend lent | borrow
import | export
up upward upwards | down downward downwards
left | right
inside indoors internal | outside outdoors external
public | private
present | absent
pass | fail
success succeed | failure
major majority | minor minority
north northern | south southern
east eastern | west western
positive | negative
winter | summer
day | night
morning | evening afternoon
male man men | female woman women
empty | full
wet | dry
senior | junior
support | oppose
gain | loss
appear | disappear vanish
enable | disable
attack | defend
connect | disconnect
encourage | discourage
best | worst
better | worse
rich | poor
must required mandatory compulsory obligatory | optional voluntary
"""


def _bases() -> dict[str, tuple[str, bool]]:
    bases: dict[str, tuple[str, bool]] = {}
    for line in _PAIRS.strip().splitlines():
        alike, opposite = (side.split() for side in line.split("|"))
        for words, positive in ((alike, True), (opposite, False)):
            for word in words:
                bases.setdefault(text.stem(word), (alike[0], positive))
    return bases


BASES = _bases()
