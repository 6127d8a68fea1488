"""The errors a user is meant to read: one plain line each, never a traceback.

The command line shows the message of an `AutowrittenError` and leaves with its `exit_code`. Anything else that
escapes is a bug, and its traceback is wanted.
"""

from __future__ import annotations


class AutowrittenError(Exception):
    """Something the user can act on stopped the work. The message says what, and what to do.

    Attributes:
        exit_code: what the command line leaves with: 3, could not run.
    """

    exit_code: int = 3


class UsageError(AutowrittenError, ValueError):
    """The request itself is wrong or unclear: an unknown column, an unsupported format.

    Attributes:
        exit_code: 2, wrong use.
    """

    exit_code = 2
