"""Starter repositories for the roadmap «Python Backend: de 0 a Senior»."""

__all__ = ["RELEASED", "__version__"]

__version__ = "0.1.0"
RELEASED = "2026-11-23"
"""ISO date of this version: the date of every template commit that it makes."""
