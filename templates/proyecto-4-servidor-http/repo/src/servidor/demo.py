"""Las rutas de demostración: las que usa «python -m servidor».

También las usan las pruebas de requisitos, así que son parte del contrato: añade las
que quieras, pero no quites ni cambies estas.
"""

from __future__ import annotations

from servidor.mensajes import Peticion, Respuesta
from servidor.rutas import Enrutador


def crear_demo() -> Enrutador:
    """Un enrutador con todas las rutas de demostración."""
    rutas = Enrutador()

    @rutas.ruta("GET", "/saludo")
    def saludo(peticion: Peticion) -> Respuesta:
        return Respuesta.texto("Hola, mundo\n")

    @rutas.ruta("POST", "/eco")
    def eco(peticion: Peticion) -> Respuesta:
        tipo = peticion.cabeceras.get("Content-Type", "application/octet-stream")
        return Respuesta(200, peticion.cuerpo, {"Content-Type": tipo})

    @rutas.ruta("GET", "/espejo")
    @rutas.ruta("POST", "/espejo")
    def espejo(peticion: Peticion) -> Respuesta:
        return Respuesta.json(
            {
                "metodo": peticion.metodo,
                "ruta": peticion.ruta,
                "consulta": peticion.consulta,
                "cabeceras": dict(peticion.cabeceras),
                "bytes": len(peticion.cuerpo),
            }
        )

    @rutas.ruta("POST", "/nada")
    def nada(peticion: Peticion) -> Respuesta:
        return Respuesta(204)

    @rutas.ruta("GET", "/hola/{nombre}")
    def hola(peticion: Peticion) -> Respuesta:
        return Respuesta.texto(f"Hola, {peticion.parametros['nombre']}\n")

    @rutas.ruta("GET", "/hola/mundo")
    def hola_mundo(peticion: Peticion) -> Respuesta:
        return Respuesta.texto("Hola a todo el mundo\n")

    @rutas.ruta("GET", "/suma/{a:int}/{b:int}")
    def suma(peticion: Peticion) -> Respuesta:
        total = int(peticion.parametros["a"]) + int(peticion.parametros["b"])
        return Respuesta.texto(f"{total}\n")

    @rutas.ruta("GET", "/v1.0/notas")
    def listar(peticion: Peticion) -> Respuesta:
        return Respuesta.json([])

    @rutas.ruta("POST", "/v1.0/notas")
    def crear(peticion: Peticion) -> Respuesta:
        return Respuesta.texto("creada\n", 201, {"Location": "/v1.0/notas/1"})

    @rutas.ruta("PUT", "/v1.0/notas/{id:int}")
    def cambiar(peticion: Peticion) -> Respuesta:
        return Respuesta.texto(f"cambiada la {peticion.parametros['id']}\n")

    @rutas.ruta("DELETE", "/v1.0/notas/{id:int}")
    def borrar(peticion: Peticion) -> Respuesta:
        return Respuesta(204)

    @rutas.ruta("GET", "/ir")
    def ir(peticion: Peticion) -> Respuesta:
        destino = peticion.consulta.get("a", ["/"])[0]
        return Respuesta.texto("Por ahí\n", 302, {"Location": destino})

    @rutas.ruta("GET", "/fallo")
    def fallo(peticion: Peticion) -> Respuesta:
        raise RuntimeError("la contraseña de la base de datos es tortuga-42")

    return rutas
