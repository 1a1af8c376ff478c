"""A new repository out of a template. Imports templating, git and what is below them."""
