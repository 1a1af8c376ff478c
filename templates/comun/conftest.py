"""Enciende el motor de los requisitos, que está en tests/motor/. Es de la plantilla.

Tus propias fixtures van mejor en tests/conftest.py.
"""

pytest_plugins = ["motor.requisitos"]
