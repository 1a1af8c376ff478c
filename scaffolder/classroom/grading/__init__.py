"""What a submission is worth: collected once, run where it can do no harm, told in one shape.

`collect` records the commit that counts of each repository. `submission` makes of it what is
run: the student's files, and in place of everything that is the template's (tests, engine,
settings) the template's own. `environment` is the one set of packages for the whole course.
`judge` runs one submission in a pod and needs nothing of the course, so that it can happen on
another machine; `grade` does it for all, and `results` is what comes of it.
"""
