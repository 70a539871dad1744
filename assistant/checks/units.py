"""Units of measure: how each is written, and what it is a multiple of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`size` counts in the smallest common unit of the `dimension`, so that 1 km is 1,000 m."""

    name: str
    dimension: str
    size: Fraction

    def fits(self, other: Unit) -> bool:
        """Whether both may mean the same: "60 degrees" does not say of which scale."""
        return self == other or self.name.startswith(other.name) or other.name.startswith(self.name)


# dimension: name = size, written like this; short forms are taken as they are written
_TABLE = """
length: metre = 1, m metres meter meters; kilometre = 1000, km kilometres kilometer kilometers;
    centimetre = 1/100, cm centimetres centimeter centimeters;
    millimetre = 1/1000, mm millimetres millimeter millimeters
feet: inch = 1, inches; foot = 12, ft feet; yard = 36, yd yards; mile = 63360, mi miles
mass: gram = 1, g grams gramme grammes; kilogram = 1000, kg kgs kilo kilos kilograms;
    milligram = 1/1000, mg milligrams; tonne = 1000000, tonnes
ounces: ounce = 1, oz ounces; ton = 35840, tons
volume: litre = 1, l L litres liter liters; millilitre = 1/1000, ml mL millilitres milliliters
gallons: pint = 1, pints; gallon = 8, gallons
area: hectare = 1, ha hectares
acres: acre = 1, acres
time: second = 1, s sec secs seconds; minute = 60, min mins minutes;
    hour = 3600, h hr hrs hours; day = 86400, days; week = 604800, weeks;
    millisecond = 1/1000, ms milliseconds
calendar: month = 1, months; year = 12, yr yrs years; decade = 120, decades;
    century = 1200, centuries
voltage: volt = 1, V volts; kilovolt = 1000, kV kilovolts; millivolt = 1/1000, mV millivolts
current: amp = 1, A amps ampere amperes; milliamp = 1/1000, mA milliamps
power: watt = 1, W watts; kilowatt = 1000, kW kilowatts; megawatt = 1000000, MW megawatts;
    gigawatt = 1000000000, GW gigawatts
energy: watt-hour = 1, Wh; kilowatt-hour = 1000, kWh kwh; megawatt-hour = 1000000, MWh
charge: amp-hour = 1000, Ah; milliamp-hour = 1, mAh
resistance: ohm = 1, Ω ohms; kilohm = 1000, kΩ; megohm = 1000000, MΩ
frequency: hertz = 1, Hz; kilohertz = 1000, kHz; megahertz = 1000000, MHz;
    gigahertz = 1000000000, GHz
data: byte = 1, bytes; kilobyte = 1000, kB KB kilobytes; megabyte = 1000000, MB megabytes;
    gigabyte = 1000000000, GB gigabytes; terabyte = 1000000000000, TB terabytes
rate: kilobit a second = 1, kbps; megabit a second = 1000, Mbps; gigabit a second = 1000000, Gbps
sound: decibel = 1, dB decibels
force: newton = 1, N newtons
pressure: pascal = 1, Pa pascals; kilopascal = 1000, kPa; bar = 100000, bars
speed: mile an hour = 1, mph
percent: percent = 1, % pc
pounds: pound = 100, £ GBP lb lbs pounds; penny = 1, p pence
dollars: dollar = 100, $ USD dollars; cent = 1, cents
euros: euro = 1, € EUR euros
angle: degree = 1, ° degrees
celsius: degree Celsius = 1, °C
fahrenheit: degree Fahrenheit = 1, °F
"""


def _read(table: str) -> dict[str, Unit]:
    forms: dict[str, Unit] = {}
    for line in table.strip().replace("\n    ", " ").splitlines():
        dimension, _, entries = line.partition(": ")
        for entry in entries.split(";"):
            head, _, written = entry.partition(",")
            name, size = (part.strip() for part in head.split("="))
            forms |= dict.fromkeys([name, *written.split()], Unit(name, dimension, Fraction(size)))
    return forms


UNITS = _read(_TABLE)
# What stands before its number, and what a number without it cannot mean.
SIGNS = frozenset("£ $ €".split())
STRICT = frozenset("percent pounds dollars euros".split())
ORDINALS = frozenset("st nd rd th".split())
SCALES = {"k": 1_000, "K": 1_000, "M": 1_000_000, "bn": 1_000_000_000, "tn": 1_000_000_000_000}
# Letters that may stand right behind a figure without making it a code.
SUFFIXES = frozenset(UNITS) | ORDINALS | frozenset(SCALES) | {"s", "x", "am", "pm", "million"}


def unit_of(raw: str, word: str) -> Unit | None:
    """The unit that a word means: short forms as written, long ones in any case."""
    return UNITS.get(raw) or (UNITS.get(word) if len(word) > 2 else None)
