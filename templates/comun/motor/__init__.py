"""El motor de las pruebas de requisitos: es de la plantilla, que lo renueva.

Para entender qué se pide no hace falta leerlo: las pruebas están en tests/requisitos/.
"""
