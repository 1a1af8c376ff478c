"""Tests of `scaffolder.check`."""
