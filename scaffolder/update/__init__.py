"""`scaffold update`: Copier renders, Git merges, and no line of a learner's work is lost.

From the outside in: `run` takes repositories and returns results; `plan` computes what an
update makes of one repository without touching it (`project` and `base` find where it
starts, `threeway` merges, `ownership` settles); `apply` writes a plan, all of it or nothing.
"""
