"""Tests of `scaffolder.roadmap`."""
