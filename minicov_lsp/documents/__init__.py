"""The buffer against the text that ran: which line is which, and what may be said of it."""
