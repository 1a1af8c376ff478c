"""The figures of README, measured."""
