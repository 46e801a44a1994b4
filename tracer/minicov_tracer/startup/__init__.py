"""Makes the folder part of the distribution; `sitecustomize` is found by path, never imported from here."""
