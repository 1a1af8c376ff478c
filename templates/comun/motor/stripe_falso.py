"""Un Stripe de mentira: su API de HTTP, lo bastante parecida como para equivocarse.

Lo usa tu programa con la biblioteca ``stripe`` de verdad, diciéndole otra dirección. Se
arranca como cualquier servicio de otra empresa::

    Tercero("Stripe", StripeFalso, lambda stripe: stripe.ajustes())

Sabe de PaymentIntents, devoluciones, clientes y eventos. Lo que distingue a un cobro de
una petición cualquiera está imitado con cuidado: la misma ``Idempotency-Key`` con los
mismos datos repite la respuesta, y con otros es un 400; y los avisos (webhooks) van
firmados, se repiten hasta que alguien contesta 2xx, y pueden llegar dos veces o en otro
orden. Las pruebas hacen de todo lo demás: de quien paga (``pagar``), de la avería
(``fallar``) y del tiempo (``adelantar``).
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from motor.stripe_avisos import Avisos

Objeto = dict[str, Any]
DIA = 24 * 3600
DE_LA_PAGINA = {"limit", "starting_after", "ending_before", "expand"}
COMPARA = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
TARJETA_SIN_FONDOS = "pm_card_chargeDeclined"
DE_CADA_CLASE = {"payment_intents": "pi", "refunds": "re", "customers": "cus"}
"""Las colecciones que hay, y cómo empiezan sus números."""


class ErrorDeStripe(Exception):
    """Lo que Stripe contesta cuando dice que no."""

    def __init__(
        self, estado: int, mensaje: str, tipo: str = "", code: str = ""
    ) -> None:
        """Con el código de HTTP, y el tipo y el código que él les da."""
        super().__init__(mensaje)
        tipos = {402: "card_error", 429: "rate_limit_error"}
        otro = "api_error" if estado >= 500 else "invalid_request_error"
        self.estado, self.tipo = estado, tipo or tipos.get(estado, otro)
        self.cuerpo = {"error": {"type": self.tipo, "message": mensaje, "code": code}}


@dataclass
class Peticion:
    """Una petición que ha llegado, tal como era."""

    metodo: str
    ruta: str
    datos: Objeto
    clave: str
    """Su Idempotency-Key, si traía."""


@dataclass
class Averia:
    """Lo que va a salir mal las próximas veces."""

    estado: int
    veces: int
    ruta: str
    hecho: bool


@dataclass
class Respuesta:
    """Lo que se contestó a una clave, para repetirlo."""

    de: tuple[str, str, str]
    momento: float
    estado: int = 0
    cuerpo: Objeto = field(default_factory=dict)


class StripeFalso:
    """El servidor, y los mandos con los que lo manejan las pruebas."""

    def __init__(self, puerto: int = 0) -> None:
        """Empieza a escuchar ya en ese puerto de 127.0.0.1 (0: uno libre)."""
        self.clave = "sk_test_de_mentira"
        self.avisos = Avisos("whsec_de_mentira", self.ahora)
        self._cerrojo = threading.RLock()
        self.vaciar()
        self._servidor = ThreadingHTTPServer(("127.0.0.1", puerto), _de(self))
        self._servidor.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._servidor.server_port}"
        hilo = threading.Thread(
            target=self._servidor.serve_forever, args=(0.05,), daemon=True
        )
        hilo.start()

    def vaciar(self) -> None:
        """Olvida todo, también las averías, y pone el reloj en hora."""
        with self._cerrojo:
            self._adelanto = 0.0
            self.peticiones: list[Peticion] = []
            self.todo: dict[str, dict[str, Objeto]] = {c: {} for c in DE_CADA_CLASE}
            self._averias: list[Averia] = []
            self._claves: dict[str, Respuesta] = {}
            self.avisos.vaciar()

    def cerrar(self) -> None:
        """Deja de escuchar y de avisar."""
        self.avisos.cerrar()
        self._servidor.shutdown()
        self._servidor.server_close()

    def ajustes(self) -> dict[str, str]:
        """Lo que un programa necesita para hablar con él."""
        return {
            "STRIPE_API_BASE": self.url,
            "STRIPE_API_KEY": self.clave,
            "STRIPE_WEBHOOK_SECRET": self.avisos.secreto,
        }

    # --- el tiempo y las averías ---------------------------------------------------

    def ahora(self) -> float:
        """Su hora, en segundos: la de verdad más lo que se haya adelantado."""
        return time.time() + self._adelanto

    def adelantar(self, segundos: float) -> None:
        """Mueve su reloj (hacia atrás, con un número negativo) y reintenta avisos."""
        self._adelanto += segundos
        self.avisos.reintentar()

    def fallar(
        self, estado: int, *, veces: int = 1, ruta: str = "", hecho: bool = False
    ) -> None:
        """Las próximas veces que le pidan algo en una ruta que contenga esa, falla.

        Con 402, 429 o 500 (o el que sea) no hace nada y lo dice; con 0, cuelga sin
        contestar. Con ``hecho``, antes hace lo que le piden: la respuesta se pierde.
        """
        with self._cerrojo:
            self._averias.append(Averia(estado, veces, ruta, hecho))

    @contextmanager
    def averiado(
        self, estado: int, ruta: str = "", *, hecho: bool = False
    ) -> Iterator[None]:
        """Falla siempre así, mientras dura el bloque."""
        averia = Averia(estado, 10**9, ruta, hecho)
        self._averias.append(averia)
        try:
            yield
        finally:
            self._averias.remove(averia)

    # --- lo que hacen las personas ---------------------------------------------------

    def pagar(self, intento: str, tarjeta: str = "pm_card_visa") -> Objeto:
        """Alguien paga ese PaymentIntent desde su navegador; da cómo queda."""
        with suppress(
            ErrorDeStripe
        ):  # el navegador se entera; el comercio, por el aviso
            self.confirmar(intento, {"payment_method": tarjeta})
        return self.todo["payment_intents"][intento]

    def intentos(self, **metadata: str) -> list[Objeto]:
        """Los PaymentIntents que hay con esos metadatos."""
        todos = list(self.todo["payment_intents"].values())
        return [x for x in todos if metadata.items() <= x["metadata"].items()]

    def devoluciones(self, intento: str = "") -> list[Objeto]:
        """Las devoluciones que hay (de ese PaymentIntent)."""
        todas = list(self.todo["refunds"].values())
        return [x for x in todas if intento in ("", x["payment_intent"])]

    # --- la API -----------------------------------------------------------------------

    def atender(self, pedido: Peticion, autorizacion: str) -> tuple[int, Objeto, bool]:
        """Lo que contesta: código, cuerpo y si es repetido. Con 0, nada: cuelga."""
        with self._cerrojo:
            self.peticiones.append(pedido)
            averia = self._averia(pedido)
        if averia is not None and not averia.hecho:
            return averia.estado, ErrorDeStripe(averia.estado, "Avería").cuerpo, False
        if autorizacion != f"Bearer {self.clave}":
            return 401, ErrorDeStripe(401, "Invalid API Key provided").cuerpo, False
        respuesta = self._con_clave(pedido)
        if averia is not None:
            return averia.estado, ErrorDeStripe(averia.estado, "Avería").cuerpo, False
        return respuesta

    def _averia(self, pedido: Peticion) -> Averia | None:
        for averia in self._averias:
            if averia.veces > 0 and averia.ruta in f"{pedido.metodo} {pedido.ruta}":
                averia.veces -= 1
                return averia
        return None

    def _con_clave(self, pedido: Peticion) -> tuple[int, Objeto, bool]:
        """Hace lo pedido; si ya lo hizo con esa clave, repite lo que contestó."""
        if pedido.metodo != "POST" or not pedido.clave:
            return *self._hacer(pedido), False
        de = (pedido.metodo, pedido.ruta, json.dumps(pedido.datos, sort_keys=True))
        with self._cerrojo:
            vieja = self._claves.get(pedido.clave)
            if vieja is not None and self.ahora() - vieja.momento < DIA:
                if vieja.de != de:
                    que = "Keys for idempotent requests can only be used with the same "
                    que += "parameters they were first used with."
                    error = ErrorDeStripe(400, que, "idempotency_error")
                    return error.estado, error.cuerpo, False
                return vieja.estado, vieja.cuerpo, True
            nueva = self._claves[pedido.clave] = Respuesta(de, self.ahora())
            nueva.estado, nueva.cuerpo = self._hacer(pedido)
            return nueva.estado, nueva.cuerpo, False

    def _hacer(self, pedido: Peticion) -> tuple[int, Objeto]:
        with self._cerrojo:
            try:
                objeto = self._despachar(pedido)
            except ErrorDeStripe as error:
                return error.estado, error.cuerpo
            return 200, json.loads(json.dumps(objeto))

    def _despachar(self, pedido: Peticion) -> Objeto:
        partes = pedido.ruta.removeprefix("/v1/").split("/")
        coleccion, datos = partes[0], pedido.datos
        if coleccion == "events" and pedido.metodo == "GET":
            return lista(pedido.ruta, self.avisos.eventos[::-1])
        if coleccion not in self.todo:
            raise ErrorDeStripe(404, f"Unrecognized request URL ({pedido.ruta})")
        if pedido.metodo == "GET" and partes[1:] in ([], ["search"]):
            todos = list(self.todo[coleccion].values())[::-1]
            if partes[1:]:
                return busqueda(pedido.ruta, todos, str(datos.get("query")))
            return lista(pedido.ruta, [uno for uno in todos if cumple(uno, datos)])
        if len(partes) == 1:
            crear: dict[str, Callable[[Objeto], Objeto]] = {
                "payment_intents": self.crear_intento,
                "refunds": self.devolver,
                "customers": lambda d: self.guardar("customers", "customer", **d),
            }
            return crear[coleccion](datos)
        objeto = self.buscar(coleccion, partes[1])
        if len(partes) == 2:
            if pedido.metodo == "POST":
                objeto |= datos | {
                    "metadata": objeto["metadata"] | datos.get("metadata", {})
                }
            return objeto
        if coleccion == "payment_intents" and partes[2] == "confirm":
            return self.confirmar(partes[1], datos)
        if coleccion == "payment_intents" and partes[2] == "cancel":
            return self.cancelar(partes[1])
        raise ErrorDeStripe(404, f"Unrecognized request URL ({pedido.ruta})")

    def buscar(self, coleccion: str, cual: str) -> Objeto:
        """Ese objeto, o un 404 como los suyos."""
        if cual not in self.todo[coleccion]:
            raise ErrorDeStripe(
                404, f"No such {coleccion}: '{cual}'", "", "resource_missing"
            )
        return self.todo[coleccion][cual]

    def guardar(self, coleccion: str, clase: str, **datos: Any) -> Objeto:
        """Un objeto nuevo en esa colección, con su número."""
        numero = f"{DE_CADA_CLASE[coleccion]}_{secrets.token_hex(12)}"
        base = {"id": numero, "object": clase, "created": int(self.ahora())}
        objeto = base | {"livemode": False, "metadata": {}} | datos
        self.todo[coleccion][numero] = objeto
        return objeto

    def crear_intento(self, datos: Objeto) -> Objeto:
        """POST /v1/payment_intents."""
        for falta in ("amount", "currency"):
            if falta not in datos:
                que = f"Missing required param: {falta}."
                raise ErrorDeStripe(400, que, "", "parameter_missing")
        importe = entero(datos["amount"], "amount")
        if importe < 50:
            que = "Amount must be at least €0.50 eur"
            raise ErrorDeStripe(400, que, "", "amount_too_small")
        resto = {k: v for k, v in datos.items() if k not in {"confirm", "amount"}}
        intento = self.guardar(
            "payment_intents",
            "payment_intent",
            amount=importe,
            amount_received=0,
            status="requires_payment_method",
            **resto,
        )
        intento["client_secret"] = f"{intento['id']}_secret_{secrets.token_hex(8)}"
        self.avisos.emitir("payment_intent.created", intento)
        if datos.get("confirm") == "true":
            return self.confirmar(intento["id"], datos)
        return intento

    def confirmar(self, cual: str, datos: Objeto) -> Objeto:
        """POST /v1/payment_intents/ID/confirm: cobra, o dice que la tarjeta no vale."""
        with self._cerrojo:
            intento = self.buscar("payment_intents", cual)
            if intento["status"] not in {
                "requires_payment_method",
                "requires_confirmation",
            }:
                raise mal_estado(intento)
            if datos.get("payment_method") == TARJETA_SIN_FONDOS:
                intento["last_payment_error"] = {"code": "card_declined"}
                self.avisos.emitir("payment_intent.payment_failed", intento)
                raise ErrorDeStripe(402, "Your card was declined.", "", "card_declined")
            intento |= {"status": "succeeded", "amount_received": intento["amount"]}
            self.avisos.emitir("payment_intent.succeeded", intento)
            return intento

    def cancelar(self, cual: str) -> Objeto:
        """POST /v1/payment_intents/ID/cancel."""
        intento = self.buscar("payment_intents", cual)
        if intento["status"] in {"succeeded", "canceled"}:
            raise mal_estado(intento)
        intento["status"] = "canceled"
        self.avisos.emitir("payment_intent.canceled", intento)
        return intento

    def devolver(self, datos: Objeto) -> Objeto:
        """POST /v1/refunds: todo o una parte, y nunca más de lo cobrado."""
        intento = self.buscar("payment_intents", str(datos.get("payment_intent", "")))
        devuelto = sum(uno["amount"] for uno in self.devoluciones(intento["id"]))
        queda = intento["amount_received"] - devuelto
        importe = entero(datos.get("amount", queda), "amount")
        if not 0 < importe <= queda:
            que = "Charge has already been refunded."
            raise ErrorDeStripe(400, que, "", "charge_already_refunded")
        mas = {k: v for k, v in datos.items() if k in {"metadata", "reason"}}
        devolucion = self.guardar(
            "refunds",
            "refund",
            amount=importe,
            currency=intento["currency"],
            payment_intent=intento["id"],
            status="succeeded",
            **mas,
        )
        self.avisos.emitir("refund.created", devolucion)
        return devolucion


def lista(ruta: str, todos: list[Objeto]) -> Objeto:
    """Una lista como las suyas, entera."""
    return {"object": "list", "url": ruta, "has_more": False, "data": todos}


def cumple(objeto: Objeto, filtros: Objeto) -> bool:
    """Si está en la lista que se pide: por un campo suyo, o por cuándo se hizo."""
    for campo, valor in filtros.items():
        if campo in DE_LA_PAGINA:
            continue
        if isinstance(valor, dict):
            hecho = int(objeto.get(campo) or 0)
            if not all(COMPARA[como](hecho, int(que)) for como, que in valor.items()):
                return False
        elif str(objeto.get(campo)) != valor:
            return False
    return True


def busqueda(ruta: str, todos: list[Objeto], consulta: str) -> Objeto:
    """Lo que encuentra metadata["campo"]:"valor"; el de verdad tarda en enterarse."""
    forma = r"""metadata\[["']([^"']+)["']\]\s*:\s*["']([^"']*)["']"""
    pide = re.fullmatch(forma, consulta.strip())
    if pide is None:
        raise ErrorDeStripe(400, f"We were unable to parse your query: {consulta}")
    campo, valor = pide.groups()
    hay = [uno for uno in todos if uno["metadata"].get(campo) == valor]
    return lista(ruta, hay) | {"object": "search_result", "next_page": None}


def mal_estado(intento: Objeto) -> ErrorDeStripe:
    """El error de quien pide algo que ese PaymentIntent ya no permite."""
    que = f"This PaymentIntent's status is {intento['status']}."
    return ErrorDeStripe(400, que, "", "payment_intent_unexpected_state")


def entero(valor: Any, nombre: str) -> int:
    """Un número entero: los importes van en céntimos."""
    try:
        return int(str(valor))
    except ValueError:
        que = f"Invalid integer: {valor} ({nombre})"
        raise ErrorDeStripe(400, que, "", "parameter_invalid_integer") from None


def formulario(crudo: str) -> Objeto:
    """Un formulario como los suyos: «metadata[pedido]=7» es {"metadata": {"pedido": "7"}}."""
    datos: Objeto = {}
    for nombre, valor in parse_qsl(crudo, keep_blank_values=True):
        *camino, ultimo = re.findall(r"[^\[\]]+", nombre) or [nombre]
        aqui = datos
        for parte in camino:
            aqui = aqui.setdefault(parte, {})
        aqui[ultimo] = valor
    return datos


def _de(stripe: StripeFalso) -> type[BaseHTTPRequestHandler]:
    """Quien atiende cada conexión a ese Stripe."""

    class Manejador(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def atender(self) -> None:
            largo = int(self.headers.get("Content-Length") or 0)
            partes = urlsplit(self.path)
            crudo = self.rfile.read(largo).decode() or partes.query
            clave = self.headers.get("Idempotency-Key", "")
            pedido = Peticion(self.command, partes.path, formulario(crudo), clave)
            autorizacion = self.headers.get("Authorization", "")
            estado, cuerpo, repetido = stripe.atender(pedido, autorizacion)
            if not estado:
                self.close_connection = True
                return
            datos = json.dumps(cuerpo).encode()
            self.send_response(estado)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(datos)))
            if repetido:
                self.send_header("Idempotent-Replayed", "true")
            self.end_headers()
            self.wfile.write(datos)

        do_GET = do_POST = do_DELETE = atender

        def log_message(self, *_: Any) -> None:
            """Callado."""

    return Manejador
