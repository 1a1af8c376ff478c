"""Gestor de tareas para la línea de comandos."""
