"""Every Dockerfile and compose file of the starters, built, started and asked."""
