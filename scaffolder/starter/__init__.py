"""A generated repository: where it is, its checklist, its answers. Imports errors alone."""
