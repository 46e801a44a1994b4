"""What the editor can ask for: one file each, a thin handler over a pure function."""
