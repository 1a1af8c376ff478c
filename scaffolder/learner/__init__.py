"""A learner's way: workspace, progress, what comes next, what the machine has."""
