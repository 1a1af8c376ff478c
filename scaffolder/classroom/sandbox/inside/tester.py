"""The plugin of a pod's tester: what the tests take for Python is the sandbox's launcher.

Not imported by the toolkit: pytest loads it in the pod, before a test module reads
`sys.executable`.
"""

import sys

sys.executable = "/pod/python"
