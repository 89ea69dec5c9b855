"""What follows from a Window by counting: shared by panes and rules. Pure numpy, whole columns."""
