"""Permite ejecutar el programa con «python -m analizador»."""

import sys

from analizador.cli import main

if __name__ == "__main__":
    sys.exit(main())
