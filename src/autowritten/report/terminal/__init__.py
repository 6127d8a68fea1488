"""What each command shows on a terminal."""
