"""JSON Schemas (2020-12) of the documents netinspect writes: one a file, and nothing else."""
