"""Git: its process, objects, repositories and template commits. Imports console and errors."""

from __future__ import annotations

from scaffolder.git.process import EMAIL, NAME, GitError, isolated, run, text

__all__ = ["EMAIL", "NAME", "GitError", "isolated", "run", "text"]
