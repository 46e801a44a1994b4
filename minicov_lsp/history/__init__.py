"""Coverage over time: builds, each the coverage of one commit, and what changed between two of them."""
