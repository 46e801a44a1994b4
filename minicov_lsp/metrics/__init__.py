"""What it means: from what could run and what ran to what is covered. No input or output here."""
