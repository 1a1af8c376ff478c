"""A learner's way: their workspace, their progress, what comes next, what their machine has.

Imports `templating`, `git`, `starter`, `roadmap` and what is below; not `new`, `check`, `update`.
"""
