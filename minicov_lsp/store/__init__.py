"""What did run: the data file, merged from partial files and read."""
