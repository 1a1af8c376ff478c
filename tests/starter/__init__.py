"""Tests of `scaffolder.starter`."""
