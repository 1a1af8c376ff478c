"""Grading: what is composed, judged and told of it."""
