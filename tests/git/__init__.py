"""Tests of `scaffolder.git`."""
