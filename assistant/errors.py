"""Every error that a person may see, in one tree.

    AssistantError            one plain sentence, the next step, an exit code
    ├── UsageError        2   what was asked for cannot be understood
    │   ├── EmptyQuestion
    │   ├── QuestionTooLong
    │   ├── NotAFolder
    │   │   └── DamagedArchive
    │   └── BadSettings
    ├── LibraryError      1   the library folder cannot be used
    │   ├── LibraryReadOnly
    │   ├── LibraryBusy
    │   ├── LibraryDamaged
    │   ├── LibraryGone
    │   └── DiskFull
    ├── WeightsError      1   a model file is missing or wrong
    │   ├── WeightsMissing
    │   └── WeightsDamaged
    ├── EngineError       1   a model would not load or run
    └── Interrupted     130   the person stopped it

Errors of other libraries are translated into these at the room that calls the
library, and nowhere else. This module knows nothing of the rest of the package.
"""


class AssistantError(Exception):
    """Something a person should know: `message` says what happened, `hint` what to do next."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(AssistantError):
    exit_code = 2


class EmptyQuestion(UsageError):
    def __init__(self) -> None:
        super().__init__("The question is empty.", 'Try: assistant ask "What is a repair café?"')


class QuestionTooLong(UsageError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"The question has {length:,} characters; at most {limit:,} can be read.",
            "Ask something shorter. To ask about a long text, save it in a folder and index that.",
        )


class NotAFolder(UsageError):
    pass


class DamagedArchive(NotAFolder):
    """A Kiwix archive that is a source and cannot be listed."""


class BadSettings(UsageError):
    pass


class LibraryError(AssistantError):
    pass


class LibraryReadOnly(LibraryError):
    def __init__(self, path: object) -> None:
        super().__init__(
            f"The library folder {path} cannot be written to.",
            "Choose another place with --home FOLDER or the ASSISTANT_HOME variable.",
        )


class LibraryBusy(LibraryError):
    def __init__(self) -> None:
        super().__init__(
            "Another assistant is indexing this library.",
            "Wait until it has finished, then try again. Searching and asking work meanwhile.",
        )


class LibraryDamaged(LibraryError):
    def __init__(self, path: object) -> None:
        super().__init__(
            f"The library file {path} is damaged and cannot be read.",
            "Your documents are safe. Move that file away, then index your folders again.",
        )


class LibraryGone(LibraryError):
    def __init__(self, path: object) -> None:
        super().__init__(
            f"The library {path} cannot be reached any more.",
            "If it is on a stick or another disk, connect it again. What was done is kept.",
        )


class DiskFull(LibraryError):
    def __init__(self) -> None:
        super().__init__(
            "The disk is full.",
            "What was done so far is kept. Free some space, then run the same command again.",
        )


class WeightsError(AssistantError):
    pass


class WeightsMissing(WeightsError):
    pass


class WeightsDamaged(WeightsError):
    pass


class EngineError(AssistantError):
    pass


class Interrupted(AssistantError):
    exit_code = 130

    def __init__(self, message: str = "Stopped.", hint: str = "") -> None:
        super().__init__(message, hint)
