"""Permite ejecutar el programa con «python -m tareas»."""

import sys

from tareas.cli import main

if __name__ == "__main__":
    sys.exit(main())
