"""Git: its process, its objects, a repository, template commits and their history.

Imports `console` and `errors`; it knows neither starters nor templates.
"""

from __future__ import annotations

from scaffolder.git.process import EMAIL, NAME, TIMED_OUT, GitError, isolated, run, text

__all__ = ["EMAIL", "NAME", "TIMED_OUT", "GitError", "isolated", "run", "text"]
