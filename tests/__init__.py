"""Tests of the toolkit itself; what they share is in `helpers`."""
