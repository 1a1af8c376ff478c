# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El cliente de estas pruebas: sabe de cuentas y de posts. Lo demás, en motor/."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
from motor.cliente import (
    SIN_HACER,
    Cliente,
    comprueba,
    espera,
    json_de,
    problema,
    rechaza,
    resumen,
    unico,
)
from motor.servicio import Servicio

__all__ = [
    "SIN_HACER",
    "comprueba",
    "espera",
    "json_de",
    "problema",
    "rechaza",
    "resumen",
    "unico",
]

CLAVE = "una contraseña larga"
JEFA = ("jefa", "contraseña-de-la-jefa")
"""El admin de los programas que arrancan las pruebas. Con --direccion, los del entorno:
ADMIN_USER y ADMIN_PASSWORD."""


@dataclass
class Persona:
    """Alguien con cuenta, y los tokens con los que entró."""

    nombre: str
    access: str
    refresh: str


_gente: WeakKeyDictionary[Servicio, dict[str, Persona]] = WeakKeyDictionary()


class Api(Cliente):
    """Un cliente que conoce a gente con cada rol."""

    def __init__(
        self, servicio: Servicio, cliente: httpx2.Client, aislada: bool
    ) -> None:
        """Sin efectos: el programa arranca con la primera petición."""
        super().__init__(servicio, cliente)
        self.aislada = aislada

    def credencial(self, quien: Persona | str) -> Mapping[str, str]:
        """Alguien se presenta con su access token, que también puede ir suelto."""
        token = quien.access if isinstance(quien, Persona) else quien
        return {"Authorization": f"Bearer {token}"}

    # --- cuentas -----------------------------------------------------------------

    def registrar(self, nombre: str, clave: str = CLAVE) -> httpx2.Response:
        """POST /usuarios."""
        return self.post("/usuarios", {"nombre": nombre, "password": clave})

    def entrar(self, nombre: str, clave: str = CLAVE) -> httpx2.Response:
        """POST /auth/token, con el formulario de OAuth2."""
        datos = {"grant_type": "password", "username": nombre, "password": clave}
        return self.pedir("POST", "/auth/token", data=datos)

    def abrir_sesion(
        self, nombre: str, clave: str = CLAVE, necesita: str = "R2"
    ) -> Persona:
        """Entra y da la persona con sus tokens."""
        return persona_de(nombre, self.entrar(nombre, clave), necesita)

    def admin(self, necesita: str = "R3") -> Persona:
        """Quien nace con el programa, según sus ajustes."""
        gente = _gente.setdefault(self.servicio, {})
        if "admin" not in gente:
            que = f"con ADMIN_USER y ADMIN_PASSWORD, {necesita}"
            gente["admin"] = self.abrir_sesion(*self._cuenta_de_admin(), que)
        return gente["admin"]

    def _cuenta_de_admin(self) -> tuple[str, str]:
        self.servicio.direccion  # noqa: B018 - hasta que arranca no hay ajustes
        ajustes = self.servicio.ajustes or os.environ
        nombre = ajustes.get("ADMIN_USER", JEFA[0])
        return nombre, ajustes.get("ADMIN_PASSWORD", JEFA[1])

    def hay_admin(self) -> bool:
        """Si R3 está hecho hasta el punto de tener admin; sin fallar si no lo está."""
        gente = _gente.setdefault(self.servicio, {})
        if "admin" not in gente:
            nombre, clave = self._cuenta_de_admin()
            entrada = self.entrar(nombre, clave)
            if entrada.status_code != 200:
                return False
            gente["admin"] = persona_de(nombre, entrada, "R2")
        return True

    def nueva(self, rol: str = "lector", necesita: str = "R2") -> Persona:
        """Una persona recién llegada con ese rol."""
        nombre = unico(rol[:6])
        al = f"crear una cuenta ({necesita})"
        espera(self.registrar(nombre), 201, al=al)
        persona = self.abrir_sesion(nombre, necesita=necesita)
        if rol != "lector":
            ruta, jefa = f"/usuarios/{nombre}", self.admin(necesita)
            cambio = self.patch(ruta, {"rol": rol}, jefa)
            espera(cambio, 200, al=f"dar el rol {rol} ({necesita})")
        return persona

    def persona(self, rol: str, necesita: str = "R3", cual: str = "") -> Persona:
        """Alguien con ese rol, el mismo para todas las pruebas de un programa."""
        if rol == "admin":
            return self.admin(necesita)
        gente = _gente.setdefault(self.servicio, {})
        clave = f"{rol} {cual}"
        if clave not in gente:
            gente[clave] = self.nueva(rol, necesita)
        return gente[clave]

    def quien_escriba(self) -> Persona | None:
        """Alguien que pueda escribir posts, hasta donde esté hecho tu programa.

        Sin R2 no hay cuentas y escribe cualquiera (None); sin R3 no hay roles y basta
        una cuenta; con R3, tiene rol autor (o admin, si la prueba está aislada: es más
        rápido que crear otra cuenta).
        """
        gente = _gente.setdefault(self.servicio, {})
        if "escribe" in gente:
            return gente["escribe"]
        if self.aislada and self.hay_admin():
            return gente["admin"]
        nombre = unico("escribe")
        if self.registrar(nombre).status_code in SIN_HACER:
            return None
        entrada = self.entrar(nombre)
        if entrada.status_code in SIN_HACER:
            return None
        gente["escribe"] = persona_de(nombre, entrada, "R2")
        if self.hay_admin():
            self.patch(f"/usuarios/{nombre}", {"rol": "autor"}, gente["admin"])
        return gente["escribe"]

    # --- posts -------------------------------------------------------------------

    def crear_post(self, quien: Persona | None, **campos: Any) -> dict[str, Any]:
        """Un post publicado (si no se dice otra cosa), con título único."""
        datos = {
            "titulo": unico("Un título"),
            "contenido": "Un texto cualquiera.",
            "estado": "publicado",
        } | campos
        respuesta = espera(self.post("/posts", datos, quien), 201, al="crear un post")
        post = json_de(respuesta)
        con_slug = isinstance(post, dict) and isinstance(post.get("slug"), str)
        comprueba(con_slug, f"Se esperaba el post creado, con su slug, y llegó {post}")
        return dict(post)

    def comentar(self, slug: str, quien: Persona | None, texto: str) -> dict[str, Any]:
        """Un comentario nuevo en ese post."""
        respuesta = self.post(f"/posts/{slug}/comentarios", {"contenido": texto}, quien)
        comentario = json_de(espera(respuesta, 201, al="comentar un post"))
        con_id = isinstance(comentario.get("id"), int)
        comprueba(con_id, f"Se esperaba el comentario, con su id, y llegó {comentario}")
        return dict(comentario)


def persona_de(nombre: str, respuesta: httpx2.Response, necesita: str) -> Persona:
    """La persona que acaba de entrar, con los tokens que ha recibido."""
    tokens = json_de(espera(respuesta, 200, al=f"entrar ({necesita})"))
    for campo in ("access_token", "refresh_token"):
        comprueba(
            isinstance(tokens.get(campo), str),
            f"Se esperaba {campo} al entrar ({necesita}), y llegó {tokens}",
        )
    return Persona(nombre, tokens["access_token"], tokens["refresh_token"])


def datos_de(respuesta: httpx2.Response, al: str) -> list[dict[str, Any]]:
    """Los elementos de una página, o un fallo si no tiene forma de página."""
    pagina = json_de(espera(respuesta, 200, al=al))
    bien = isinstance(pagina, dict) and isinstance(pagina.get("datos"), list)
    comprueba(bien, f"Se esperaba una página con «datos» al {al}, y llegó {pagina}")
    return list(pagina["datos"])
