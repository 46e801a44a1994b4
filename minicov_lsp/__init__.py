"""The server and command line of minicov; it never runs the measured program in its own process."""
