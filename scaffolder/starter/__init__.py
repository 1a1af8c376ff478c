"""A generated repository: where it is, its checklist, its answers.

Imports nothing of ours but `errors`.
"""
