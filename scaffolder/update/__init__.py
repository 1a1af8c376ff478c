"""`scaffold update`: Copier renders, Git merges, and no line of a learner's work is lost.

From the outside in: `run` takes repositories and returns results, which `report` prints;
`plan` computes what an update makes of one repository without touching it (`project` finds
it, `merge` merges, `conflicts` names what both changed, `ownership` says who wins, `resolver`
does it); `apply` writes a plan, all of it or nothing. `merge`, `ownership`, `resolver` and
`plan.settle`, like `git.lineage` below them, need objects only: bare repositories serve.
Imports git, starter and templating.
"""
