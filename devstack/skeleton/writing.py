"""From a name to files: every template of this folder with the name put in, at the place that its own path says."""

import keyword
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from devstack.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"
# As long as the column of gateway codes, and a word that can name a Python package.
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE_LENGTH_MAX = 20
_TITLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .-]{0,29}")


@dataclass(frozen=True, slots=True)
class Names:
    """`mtn_momo`, `MtnMomo`, `MTN MoMo`: the package, the classes, and what people read."""

    code: str
    title: str

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.code.split("_"))

    @classmethod
    def of(cls, code: str, *, title: str = "") -> "Names":
        """Raises StackError."""
        if _CODE.fullmatch(code) is None or len(code) > _CODE_LENGTH_MAX or keyword.iskeyword(code):
            raise StackError(
                f"{code!r} cannot name a gateway: at most {_CODE_LENGTH_MAX} small letters, digits and single "
                "underscores, a letter first. For example: make gateway name=acme"
            )
        title = title.strip() or code.replace("_", " ").title()
        if _TITLE.fullmatch(title) is None:
            raise StackError(f"{title!r} cannot be a title: at most 30 letters, digits, spaces, dots and dashes.")
        return cls(code, title)

    def put_into(self, text: str) -> str:
        values = {"code": self.code, "Class": self.class_name, "Title": self.title, "host": self.code.replace("_", "-")}
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        return text


def write_gateway(names: Names, *, root: Path = ROOT) -> list[Path]:
    """Write every file and put it in the house's format. Raises StackError, before anything is written."""
    if find_spec("ruff") is None:
        raise StackError("ruff is missing, which formats what is written: make gateway installs it.")
    targets = {_target(template, names=names, root=root): template for template in _templates()}
    _refuse_taken(names, targets=list(targets), root=root)
    for target, template in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(names.put_into(template.read_text()))
    _tidy([target for target in targets if target.suffix == ".py"], root=root)
    return list(targets)


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob(f"*{_SUFFIX}"))


def _target(template: Path, *, names: Names, root: Path) -> Path:
    inside = str(template.relative_to(TEMPLATES)).removesuffix(_SUFFIX)
    return root / inside.replace("CODE", names.code)


def _refuse_taken(names: Names, *, targets: list[Path], root: Path) -> None:
    # Not only the files themselves: a half-written package beside them would be mixed with the new one.
    places = {root / "gateways" / "adapters" / names.code, root / "simulator" / names.code}
    places.add(root / "simulator" / f"{names.code}.py")
    taken = sorted(str(path.relative_to(root)) for path in {*targets, *places} if path.exists())
    if taken:
        raise StackError(f"{names.code} is taken: {taken[0]} exists. Nothing was written.")


def _tidy(files: list[Path], *, root: Path) -> None:
    """The order of imports and the breaks of lines depend on the name."""
    for command in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *map(str, files)], cwd=root, check=True)
