"""The program `autowritten`."""

from __future__ import annotations

from autowritten.stopping import stop_at_once


def main() -> None:
    """Run the command line; its import takes a moment, in which Ctrl-C must not show a traceback."""
    stop_at_once()
    from autowritten.cli import app

    app()


if __name__ == "__main__":
    main()
