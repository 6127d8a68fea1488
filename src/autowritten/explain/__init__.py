"""Why one post got its verdict."""
