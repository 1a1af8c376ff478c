"""Tests of `scaffolder.learner`."""
