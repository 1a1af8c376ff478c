"""`scaffold update`, drilled."""
