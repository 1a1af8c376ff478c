"""The requirement tests of a repository, run and judged. Imports starter, console and below."""
