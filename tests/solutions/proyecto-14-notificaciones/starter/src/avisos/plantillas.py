"""Las plantillas: versiones, idiomas, y un trozo pequeño de Jinja.

Por hacer (R2): guardarlas y escribirlas. Las escribe gente de fuera: pueden querer leer
lo que no es suyo, no acabar nunca o llenar la memoria. Una lista de lo que se permite
es más corta que una de lo que se prohíbe (mira jinja2.nodes y Environment.parse).
Se aprende en: https://jinja.palletsprojects.com/en/stable/sandbox/
"""
