"""Where templates come from, and Copier, which renders them: nobody else calls it.

Imports `git`, `starter`, `roadmap`, `console` and `errors`.
"""
