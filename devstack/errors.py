"""How the stack says that it cannot go on: one sentence for a person, never a stack trace."""

from typing import ClassVar


class StackError(Exception):
    """Something outside the code is in the way: a port, a folder, a missing program."""

    exit_code: ClassVar[int] = 2


class AlreadyRunning(StackError):
    """Another process holds the data folder."""


class ProgramFailed(StackError):
    """A program of the service itself ended when it should not have; its last lines follow the sentence."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str, *, last_lines: list[str]) -> None:
        super().__init__("\n    ".join([sentence, *last_lines]))
