"""One figure is one claim: a number, its unit, the bar it is held to, and whether it holds."""

import json
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from devstack.folder import ROOT

LATEST = ROOT / "bench" / "latest.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """`bar` is text such as "≥ 40"; without one the figure is told and holds. `detail` is for people."""

    name: str
    value: float
    unit: str
    bar: str = ""
    holds: bool = True
    detail: str = ""


def told(name: str, value: float, *, unit: str, detail: str = "") -> Figure:
    return Figure(name, _rounded(value), unit, detail=detail)


def at_least(name: str, value: float, *, bar: float, unit: str, detail: str = "") -> Figure:
    return Figure(name, _rounded(value), unit, f"≥ {bar:g}", value >= bar, detail)


def at_most(name: str, value: float, *, bar: float, unit: str, detail: str = "") -> Figure:
    return Figure(name, _rounded(value), unit, f"≤ {bar:g}", value <= bar, detail)


def below(name: str, value: float, *, bar: float, unit: str, detail: str = "") -> Figure:
    return Figure(name, _rounded(value), unit, f"< {bar:g}", value < bar, detail)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, so that a disturbance meets both sides."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float], *, unit: str = "") -> str:
    """Median and range, as `1.23 [1.10-1.40] ms`."""
    middle = statistics.median(values)
    return f"{_rounded(middle):g} [{_rounded(min(values)):g}-{_rounded(max(values)):g}]{unit and ' ' + unit}"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def show(found: Sequence[Figure]) -> str:
    width = max(len(figure.name) for figure in found)
    lines = []
    for figure in found:
        mark = "" if not figure.bar else ("holds" if figure.holds else "FALLS SHORT")
        number = f"{figure.value:>12,.4g}" if figure.value < 1000 else f"{figure.value:>12,.0f}"
        line = f"{figure.name:<{width}} {number} {figure.unit:<14} {figure.bar:<9} {mark:<12} {figure.detail}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def write(found: Sequence[Figure], *, database_version: str) -> None:
    """Write what a machine reads."""
    machine = {
        "cpu": _cpu_model(),
        "cores": len(_cores()),
        "python": platform.python_version(),
        "postgresql": database_version,
        "system": platform.system(),
    }
    figures = [{name: value for name, value in asdict(figure).items() if name != "detail"} for figure in found]
    LATEST.write_text(
        json.dumps({"machine": machine, "commit": _commit(), "figures": figures}, indent=2, ensure_ascii=False) + "\n"
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _cores() -> list[str]:
    return [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")]


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    """The commit measured, with + when files differ from it; empty outside of a repository."""
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    except OSError:
        return ""
    return commit.stdout.strip() + ("+" if changed.returncode == 1 else "")
