"""`scaffold class`: one project for a whole class, handed out, watched and kept up to date.

From the outside in: `distribute`, `status` and `update` take a course and its roster, work on
every repository and return results; `course` (what the instructor writes), `lock` (what was
handed out) and `roster` (who gets it) are read from the course's folder. `store` holds the
class's own template commits, `mirror` a copy of each student's repository beside it, and
`hosts` knows how repositories come about on a forge. Git is the protocol; a forge's API does
only what Git can't. Imports new, update and what is below them.
"""
