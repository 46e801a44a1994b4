"""What could run: from the text of a file to its statements, arcs and branches (`parser.parse`)."""
