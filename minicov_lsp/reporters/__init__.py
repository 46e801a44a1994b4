"""Analyses in words: one file a format, registered in `registry`."""
