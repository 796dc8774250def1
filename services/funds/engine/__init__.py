"""The arithmetic of loans: pure functions that know neither database nor HTTP.

Money is whole đồng (int), rates are decimals in percent a year, shares of a year are exact fractions. Nothing is
rounded but where a function says so, and then half up to whole đồng.
"""
