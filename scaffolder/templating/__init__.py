"""Where templates come from, and Copier, which renders them. Imports git, roadmap, starter."""
