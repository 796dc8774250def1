"""A page of metrics, read as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from kernel.runtime.metrics_gathering import read_socket

Labels = frozenset[tuple[str, str]]


class Scrape:
    """The values of one page, by name and labels."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.values: dict[tuple[str, Labels], float] = {}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                # The library's reader gives every counter its own ending; Prometheus takes Envoy's names as they are.
                name = sample.name if f"\n{sample.name}" in page else sample.name.removesuffix("_total")
                key = (name, frozenset(sample.labels.items()))
                assert key not in self.values, f"given twice: {key}"
                self.values[key] = sample.value

    @classmethod
    def of_socket(cls, path: Path) -> Scrape:
        """Read the page at a socket."""
        page = read_socket(path)
        assert page is not None, f"nobody answers at {path}"
        return cls(page)

    @property
    def names(self) -> set[str]:
        """The names that have a value."""
        return {name for name, _ in self.values}

    def all(self, name: str, **labels: str) -> dict[Labels, float]:
        """Return the values of a name whose labels include these."""
        return {of: value for (each, of), value in self.values.items() if each == name and labels.items() <= set(of)}

    def one(self, name: str, **labels: str) -> float:
        """Return the one value of a name whose labels include these."""
        found = self.all(name, **labels)
        assert len(found) == 1, f"{name} {labels}: {found}"
        (value,) = found.values()
        return value

    def labels(self, name: str) -> Iterator[Mapping[str, str]]:
        """Yield the labels of each value of a name."""
        return (dict(of) for each, of in self.values if each == name)
