"""Tests of `scaffolder.classroom`."""
