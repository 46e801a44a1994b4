"""What `minicov` can do: one file a command, listed in `cli`."""
