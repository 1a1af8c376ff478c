# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El cliente de estas pruebas: sabe de cuentas y de comprar. Lo demás, en motor/."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
from motor.cliente import (
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

__all__ = ["comprueba", "espera", "json_de", "problema", "rechaza", "resumen", "unico"]

CLAVE = "una contraseña larga"
JEFA = ("jefa", "contraseña-de-la-jefa")
"""El admin de los programas que arrancan las pruebas. Con --direccion, los del entorno:
ADMIN_USER y ADMIN_PASSWORD."""
MIO = "/carritos/mio"


@dataclass
class Persona:
    """Alguien con cuenta, y el token con el que entró."""

    nombre: str
    token: str


_gente: WeakKeyDictionary[Servicio, dict[str, Persona]] = WeakKeyDictionary()
_sueltos: WeakKeyDictionary[Servicio, dict[str, str]] = WeakKeyDictionary()


class Api(Cliente):
    """Un cliente que conoce a gente y sabe comprar."""

    def credencial(self, quien: Persona) -> Mapping[str, str]:
        """Alguien se presenta con su token."""
        return {"Authorization": f"Bearer {quien.token}"}

    # --- el reloj -------------------------------------------------------------------

    def adelantar(self, segundos: float) -> None:
        """Mueve el reloj del programa hasta que acabe la prueba."""
        archivo = Path(self.ajuste("RELOJ"))
        archivo.write_text(str(segundos), "utf-8")

    def en_hora(self) -> None:
        """Quita lo adelantado."""
        if archivo := self.servicio.ajustes.get("RELOJ"):
            Path(archivo).unlink(missing_ok=True)

    # --- cuentas --------------------------------------------------------------------

    def entrar(self, nombre: str, clave: str = CLAVE) -> Persona:
        """POST /auth/token, con el formulario de OAuth2."""
        datos = {"grant_type": "password", "username": nombre, "password": clave}
        entrada = self.pedir("POST", "/auth/token", data=datos)
        tokens = json_de(espera(entrada, 200, al="entrar"))
        return Persona(nombre, str(tokens["access_token"]))

    def nueva(self) -> Persona:
        """Una persona recién llegada, con cuenta."""
        nombre = unico("p")
        alta = self.post("/usuarios", {"nombre": nombre, "password": CLAVE})
        espera(alta, 201, al="crear una cuenta")
        return self.entrar(nombre)

    def persona(self, cual: str = "ana") -> Persona:
        """Alguien con cuenta, la misma para todas las pruebas de un programa."""
        gente = _gente.setdefault(self.servicio, {})
        if cual not in gente:
            gente[cual] = self.nueva()
        return gente[cual]

    def personas(self, cuantas: int) -> list[Persona]:
        """Esas personas, siempre las mismas."""
        return [self.persona(f"de {numero}") for numero in range(cuantas)]

    def admin(self) -> Persona:
        """Quien nace con el programa, según sus ajustes."""
        gente = _gente.setdefault(self.servicio, {})
        if "admin" not in gente:
            self.servicio.direccion  # noqa: B018 - hasta que arranca no hay ajustes
            ajustes = self.servicio.ajustes or os.environ
            nombre = ajustes.get("ADMIN_USER", JEFA[0])
            clave = ajustes.get("ADMIN_PASSWORD", JEFA[1])
            gente["admin"] = self.entrar(nombre, clave)
        return gente["admin"]

    # --- el catálogo ----------------------------------------------------------------

    def categoria(self, padre: str | None = None, necesita: str = "R1") -> str:
        """El slug de una categoría nueva."""
        datos = {"slug": unico("c"), "nombre": "Una categoría", "padre": padre}
        hecha = self.post("/categorias", datos, self.admin())
        espera(hecha, 201, al=f"crear una categoría ({necesita})")
        return str(datos["slug"])

    def una_categoria(self, necesita: str = "R1") -> str:
        """El slug de una categoría que nadie cambia."""
        sueltos = _sueltos.setdefault(self.servicio, {})
        if "categoria" not in sueltos:
            sueltos["categoria"] = self.categoria(necesita=necesita)
        return sueltos["categoria"]

    def un_sku(self) -> str:
        """El sku de una variante que nadie cambia: cuesta 10.00 y hay de sobra."""
        sueltos = _sueltos.setdefault(self.servicio, {})
        if "sku" not in sueltos:
            sueltos["sku"] = self.skus()[0]
        return sueltos["sku"]

    def producto(
        self,
        *precios: str,
        quedan: int = 1000,
        necesita: str = "R1",
        **campos: Any,
    ) -> dict[str, Any]:
        """Un producto nuevo, con una variante por cada precio."""
        slug = campos.get("slug", unico("x"))
        variantes = [
            {
                "sku": f"{slug}-{numero}",
                "nombre": f"Talla {numero}",
                "precio": precio,
                "existencias": quedan,
            }
            for numero, precio in enumerate(precios or ("10.00",))
        ]
        datos = {"slug": slug, "nombre": "Una cosa", "variantes": variantes} | campos
        datos.setdefault("categoria", self.una_categoria(necesita))
        hecho = self.post("/productos", datos, self.admin())
        return dict(json_de(espera(hecho, 201, al=f"crear un producto ({necesita})")))

    def skus(self, *precios: str, **campos: Any) -> list[str]:
        """Los sku de un producto nuevo, uno por cada precio."""
        return [v["sku"] for v in self.producto(*precios, **campos)["variantes"]]

    def quedan(self, sku: str) -> int:
        """Las existencias de una variante hecha con skus() o producto()."""
        ruta = f"/productos/{sku.rpartition('-')[0]}"
        producto = json_de(espera(self.get(ruta), 200, al="ver un producto (R1)"))
        return next(v["existencias"] for v in producto["variantes"] if v["sku"] == sku)

    # --- comprar --------------------------------------------------------------------

    def anadir(
        self,
        quien: Persona | None,
        sku: str,
        cantidad: int = 1,
        carrito: str = MIO,
        necesita: str = "R2",
    ) -> dict[str, Any]:
        """Añade unidades a un carrito, y da cómo queda."""
        datos = {"sku": sku, "cantidad": cantidad}
        respuesta = self.post(f"{carrito}/lineas", datos, quien)
        al = f"añadir al carrito ({necesita})"
        return dict(json_de(espera(respuesta, 200, al=al)))

    def llenar(self, quien: Persona, *skus: str, cantidad: int = 1) -> str:
        """Deja en el carrito solo eso, y da su total."""
        carrito: dict[str, Any] = {}
        for sku in skus:
            carrito = self.poner(quien, sku, cantidad)
        for linea in carrito["lineas"]:
            if linea["sku"] not in skus:
                carrito = self.poner(quien, linea["sku"], 0)
        return str(carrito["total"])

    def poner(self, quien: Persona, sku: str, cantidad: int) -> dict[str, Any]:
        """Deja esas unidades en el carrito de esa persona, y da cómo queda."""
        ruta = f"{MIO}/lineas/{sku}"
        cambio = self.pedir("PUT", ruta, quien, json={"cantidad": cantidad})
        al = "decir cuántas unidades van en el carrito (R2)"
        return dict(json_de(espera(cambio, 200, al=al)))

    def carrito(self, quien: Persona | None, carrito: str = MIO) -> dict[str, Any]:
        """Un carrito."""
        return dict(
            json_de(espera(self.get(carrito, quien), 200, al="ver un carrito (R2)"))
        )

    def comprar(
        self, quien: Persona, total: str, clave: str | None = None
    ) -> httpx2.Response:
        """POST /pedidos, con su Idempotency-Key."""
        cabeceras = {"Idempotency-Key": clave or unico("clave")}
        return self.pedir(
            "POST", "/pedidos", quien, json={"total": total}, headers=cabeceras
        )

    def pedido(
        self, quien: Persona, *skus: str, cantidad: int = 1, necesita: str = "R3"
    ) -> dict[str, Any]:
        """Un pedido nuevo de esa persona, con eso."""
        total = self.llenar(
            quien, *(skus or self.skus(necesita=necesita)), cantidad=cantidad
        )
        hecho = espera(self.comprar(quien, total), 201, al=f"comprar ({necesita})")
        return dict(json_de(hecho))

    def pasar(self, pedido: str, estado: str, quien: Persona) -> httpx2.Response:
        """PATCH /pedidos/{pedido}."""
        return self.patch(f"/pedidos/{pedido}", {"estado": estado}, quien)

    def estado(self, pedido: str, quien: Persona) -> str:
        """En qué estado está un pedido."""
        leido = espera(
            self.get(f"/pedidos/{pedido}", quien), 200, al="ver un pedido (R3)"
        )
        return str(json_de(leido)["estado"])

    def compra_masiva(
        self, sku: str, gente: Sequence[Persona]
    ) -> list[httpx2.Response]:
        """Todas esas personas compran una unidad, a la vez."""
        totales = [self.llenar(quien, sku) for quien in gente]
        return self.a_la_vez(
            [
                partial(self.comprar, quien, total)
                for quien, total in zip(gente, totales, strict=True)
            ]
        )


def suma(*importes: str) -> str:
    """La suma de unos importes, con sus dos decimales."""
    return str(sum(map(Decimal, importes), Decimal("0.00")))
