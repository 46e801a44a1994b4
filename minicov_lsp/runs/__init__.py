"""Running tests: which interpreter, which tests there are, which to choose, and a run from start to end."""
