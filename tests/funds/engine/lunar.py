"""The Vietnamese lunar calendar from the sky, by Hồ Ngọc Đức's published method, to check the calendar in use.

"Thuật toán tính âm lịch" (informatik.uni-leipzig.de/~duc/amlich), after Jean Meeus, Astronomical Algorithms (1998).
"""

from __future__ import annotations

from datetime import date
from math import floor, pi, sin

_HANOI_HOURS = 7.0
_JULIAN_DAY_OF_ORDINAL = 1_721_425


def _sin(degrees: float) -> float:
    return sin(degrees * pi / 180)


def new_moon(k: int) -> int:
    """Return the Julian day number, by Hanoi's clock, of the k-th new moon after 1 January 1900."""
    t = k / 1236.85
    mean = 2415020.75933 + 29.53058868 * k + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * _sin(166.56 + 132.87 * t - 0.009173 * t**2)
    sun = 359.2242 + 29.10535608 * k - 0.0000333 * t**2 - 0.00000347 * t**3
    moon = 306.0253 + 385.81691806 * k + 0.0107306 * t**2 + 0.00001236 * t**3
    node = 21.2964 + 390.67050646 * k - 0.0016528 * t**2 - 0.00000239 * t**3
    c = (0.1734 - 0.000393 * t) * _sin(sun) + 0.0021 * _sin(2 * sun) - 0.4068 * _sin(moon) + 0.0161 * _sin(2 * moon)
    c += -0.0004 * _sin(3 * moon) + 0.0104 * _sin(2 * node) - 0.0051 * _sin(sun + moon) - 0.0074 * _sin(sun - moon)
    c += 0.0004 * _sin(2 * node + sun) - 0.0004 * _sin(2 * node - sun) - 0.0006 * _sin(2 * node + moon)
    c += 0.0010 * _sin(2 * node - moon) + 0.0005 * _sin(2 * moon + sun)
    delta = -0.000278 + 0.000265 * t + 0.000262 * t**2
    return floor(mean + c - delta + 0.5 + _HANOI_HOURS / 24)


def sun_sector(julian_day: int) -> int:
    """Return in which twelfth of its yearly way the sun is at midnight in Hanoi (0 begins at the spring equinox)."""
    t = (julian_day - 0.5 - _HANOI_HOURS / 24 - 2451545.0) / 36525
    anomaly = 357.52910 + 35999.05030 * t - 0.0001559 * t**2 - 0.00000048 * t**3
    mean = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    centre = (1.914600 - 0.004817 * t - 0.000014 * t**2) * _sin(anomaly)
    centre += (0.019993 - 0.000101 * t) * _sin(2 * anomaly) + 0.000290 * _sin(3 * anomaly)
    return floor(((mean + centre) % 360) / 30)


def _month_11(year: int) -> int:
    k = floor((date(year, 12, 31).toordinal() + _JULIAN_DAY_OF_ORDINAL - 2415021) / 29.530588853)
    start = new_moon(k)
    return new_moon(k - 1) if sun_sector(start) >= 9 else start


def _leap_offset(month_11: int) -> int:
    k = floor(0.5 + (month_11 - 2415021.076998695) / 29.530588853)
    before, offset = -1, 1
    sector = sun_sector(new_moon(k + offset))
    while sector != before and offset < 14:
        before, offset = sector, offset + 1
        sector = sun_sector(new_moon(k + offset))
    return offset - 1


def solar_day(lunar_day: int, lunar_month: int, lunar_year: int) -> date:
    """Return the day of the Gregorian calendar on which this day of a month that is not a leap month falls."""
    if lunar_month < 11:
        a, b = _month_11(lunar_year - 1), _month_11(lunar_year)
    else:
        a, b = _month_11(lunar_year), _month_11(lunar_year + 1)
    k = floor(0.5 + (a - 2415021.076998695) / 29.530588853)
    offset = (lunar_month - 11) % 12
    if b - a > 365 and offset >= _leap_offset(a):
        offset += 1
    return date.fromordinal(new_moon(k + offset) + lunar_day - 1 - _JULIAN_DAY_OF_ORDINAL)


def tet(year: int) -> date:
    """Return the first day of the lunar year `year`."""
    return solar_day(1, 1, year)


def hung_kings_day(year: int) -> date:
    """Return the 10th of the 3rd lunar month of `year`."""
    return solar_day(10, 3, year)
