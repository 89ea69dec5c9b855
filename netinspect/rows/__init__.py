"""Explanations of plain rows: a Markdown file per TCP state and per pane, and nothing else."""
