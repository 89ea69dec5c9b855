"""Pages for a browser: one file each, which loads nothing and can be read without its script."""
