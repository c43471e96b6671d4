"""A gateway written by `make gateway` is whole: it is formatted, typed, and passes the contract suite as it comes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.errors import StackError
from devstack.skeleton.writing import ROOT, TEMPLATES, Names, write_gateway

# The longest there may be, so that no line is too long for another name.
CODE, TITLE = "acme_payments_of_utp", "Acme Payments of Utopia-24.com"
# mypy remembers settings of yesterday, and would find fault with those of today.
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".data", ".static", ".hypothesis", ".mypy_cache", "__pycache__", "*.pyc", ".cov*"
)
PASSED_AT_LEAST = 100


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one more gateway in it."""
    copy = tmp_path_factory.mktemp("skeleton") / "project"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    written = _run(copy, "-m", "devstack.skeleton", CODE, "--title", TITLE)
    assert written.returncode == 0, written.stderr
    return copy


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _written(project: Path) -> list[str]:
    places = [f"gateways/adapters/{CODE}", f"simulator/{CODE}", f"tests/gateways/cases/{CODE}.py"]
    assert all((project / place).exists() for place in places)
    return places


def test_a_new_gateway_passes_the_contract_suite_as_it_comes(project: Path) -> None:
    suite = sorted(
        str(path.relative_to(project)) for path in (project / "tests" / "gateways").glob("test_contract*.py")
    )

    ended = _run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", CODE, *suite)

    assert ended.returncode == 0, ended.stdout[-5_000:] + ended.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", ended.stdout)
    assert passed is not None
    assert int(passed.group(1)) >= PASSED_AT_LEAST


def test_a_new_gateway_is_in_the_houses_format(project: Path) -> None:
    for command in ("check", "format --check"):
        ended = _run(project, "-m", "ruff", *command.split(), *_written(project))
        assert ended.returncode == 0, ended.stdout


def test_a_new_gateway_is_typed(project: Path) -> None:
    ended = _run(project, "-m", "mypy", *_written(project))

    assert ended.returncode == 0, ended.stdout


def test_nothing_of_the_templates_is_left_in_what_is_written(project: Path) -> None:
    files = [path for place in _written(project) for path in [project / place, *(project / place).rglob("*.py")]]
    page = project / "docs" / "gateways" / f"{CODE}.md"

    for path in [*files, page]:
        if path.is_file():
            assert re.search(r"@(code|Class|Title|host)@|\bCODE\b", path.read_text()) is None, path
    assert page.read_text().startswith(f"# {TITLE}\n")


def test_every_text_of_the_skeleton_has_french() -> None:
    catalog = (ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    texts = {
        text for path in TEMPLATES.rglob("*.tmpl") for text in re.findall(r'\b_\(\s*"([^"]+)"\s*\)', path.read_text())
    }

    assert len(texts) >= 4
    assert {text for text in texts if f'msgid "{text}"' not in catalog} == set()


@pytest.mark.parametrize(
    "code", ["", "Acme", "1acme", "acme-pay", "acme__pay", "_acme", "acme_", "class", "a" * 21, "../x"]
)
def test_a_name_that_cannot_name_a_package_is_refused(code: str) -> None:
    with pytest.raises(StackError, match="cannot name a gateway"):
        Names.of(code)


@pytest.mark.parametrize("title", ['A"', "A & B", "{x}", "\\", "a\nb", "x" * 31])
def test_a_title_that_would_break_the_code_is_refused(title: str) -> None:
    with pytest.raises(StackError, match="cannot be a title"):
        Names.of("acme", title=title)


def test_a_title_is_made_from_the_code() -> None:
    names = Names.of("acme_pay")

    assert (names.title, names.class_name) == ("Acme Pay", "AcmePay")


@pytest.mark.parametrize("taken", ["gateways/adapters/acme", "simulator/acme", "docs/gateways/acme.md"])
def test_a_gateway_that_is_there_is_not_written_over(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir(parents=True)

    with pytest.raises(StackError, match="is taken"):
        write_gateway(Names.of("acme"), root=tmp_path)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_command_says_in_one_sentence_what_is_wrong() -> None:
    ended = _run(ROOT, "-m", "devstack.skeleton", "Acme")

    assert ended.returncode == 2
    assert "cannot name a gateway" in ended.stderr
    assert "Traceback" not in ended.stderr
