"""Tests of `scaffolder.new`."""
