"""`scaffold update`, played in scenarios."""
