"""Analizador de logs para la línea de comandos."""
