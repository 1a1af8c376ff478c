"""A new repository out of a template, alone or inside a larger one.

Imports `templating`, `git`, `roadmap` and what is below; not `check`, `update`, `learner`.
"""
