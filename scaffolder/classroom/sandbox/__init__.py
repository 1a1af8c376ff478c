"""Where a student's code runs: never beside what judges it, never with a network.

A submission gets a *pod*: a network of its own with nothing else on it, and in it two kinds
of processes. The *tester* is the template's own pytest, in the course's environment, with its
own settings; of the student it reads nothing but files. Each time its tests start Python they
start a *program* instead: a sandbox in the pod, in which the student's code sees the
repository read-only, a folder for its files, and no process but its own. What the tester finds
leaves by a pipe that no program has.

`limits` bounds memory and processes of a pod and ends all of them; `bubblewrap` writes the
command lines; `pod` runs one submission; `probe` tries by doing whether this machine can. What
is in `inside` is not imported: it is shown to the pod, and needs nothing but Python. Imports
check (for its report) and what is below it.
"""
