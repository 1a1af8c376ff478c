"""Tests of `scaffolder.templating`."""
