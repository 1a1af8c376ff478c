# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Clientes de WebSocket de verdad con los que las pruebas hablan con tu servidor."""

from __future__ import annotations

import itertools
import json
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from motor.servicio import Servicio
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

VERSION = 1
DE_FABRICA = "de fábrica"
"""Como valor de un ajuste, deja el que traiga el programa."""

_ids = itertools.count(1)


class Datos(dict[str, Any]):
    """Un objeto JSON: si le falta un campo, falla la prueba y dice cuál."""

    def __missing__(self, clave: str) -> Any:
        """Lo llama dict cuando no encuentra la clave."""
        raise AssertionError(
            f"Se esperaba el campo «{clave}», y llegó: {resumida(dict(self))}"
        )


def unico(prefijo: str) -> str:
    """Un nombre que nadie más usa: el servidor lo comparten muchas pruebas."""
    return f"{prefijo}-{secrets.token_hex(4)}"


def peticion(
    accion: str, datos: dict[str, Any] | None = None, id_: Any = None
) -> dict[str, Any]:
    """Una petición como las del contrato."""
    id_ = next(_ids) if id_ is None else id_
    return {"v": VERSION, "id": id_, "accion": accion, "datos": datos or {}}


def resumida(valor: object) -> str:
    """Algo que llegó, recortado para que el fallo se pueda leer.

    Un texto en blanco va entre comillas: si no, no se vería.
    """
    texto = valor if isinstance(valor, str) and valor.strip() else repr(valor)
    return texto if len(texto) <= 300 else f"{texto[:300]}… ({len(texto)} caracteres)"


def leer_trama(trama: str | bytes) -> Datos:
    """Comprueba que una trama del servidor tiene la forma del contrato, y la da."""
    assert isinstance(trama, str), (
        f"Se esperaba una trama de texto, y llegó una binaria: {resumida(trama)}"
    )
    try:
        objeto = json.loads(trama, object_hook=Datos)
    except (ValueError, RecursionError):
        raise AssertionError(f"Se esperaba JSON, y llegó: {resumida(trama)}") from None
    assert isinstance(objeto, Datos) and objeto.get("v") == VERSION, (
        f"Se esperaba un objeto JSON con «v»: {VERSION}, y llegó: {resumida(trama)}"
    )
    if "evento" in objeto:
        assert isinstance(objeto.get("datos"), dict), (
            f"Se esperaba un evento con «datos», y llegó: {resumida(trama)}"
        )
        return objeto
    assert "id" in objeto and isinstance(objeto.get("ok"), bool), (
        f"Se esperaba una respuesta con «id» y «ok», y llegó: {resumida(trama)}"
    )
    parte = objeto.get("datos" if objeto["ok"] else "error")
    assert isinstance(parte, dict), (
        "Se esperaba «datos» si «ok» es true, y «error» si es false; llegó: "
        f"{resumida(trama)}"
    )
    if not objeto["ok"]:
        for clave in ("codigo", "mensaje"):
            assert isinstance(parte.get(clave), str) and parte[clave], (
                f"Se esperaba un error con «{clave}», y llegó: {resumida(trama)}"
            )
    return objeto


class Cliente:
    """Una conexión. Lee siempre: lo que nadie ha pedido todavía espera en una cola."""

    def __init__(self, servicio: Servicio, conexion: ClientConnection) -> None:
        """``conexion`` ya está abierta."""
        self.servicio = servicio
        self.conexion = conexion
        self._eventos: deque[Datos] = deque()
        self._adelantadas: deque[str | bytes] = deque()

    @contextmanager
    def _vigilar(self, que: str) -> Iterator[None]:
        with self.servicio.vigilar(que=que):
            try:
                yield
            except ConnectionClosed as cierre:
                motivo = cierre.rcvd or "sin despedirse"
                raise AssertionError(
                    f"Se esperaba una respuesta a {que}, y el servidor cerró la "
                    f"conexión ({motivo})."
                ) from cierre

    def enviar(self, trama: str | bytes | dict[str, Any]) -> None:
        """Envía una trama sin esperar nada; un diccionario va como JSON."""
        if isinstance(trama, dict):
            trama = json.dumps(trama, ensure_ascii=False)
        with self._vigilar(resumida(trama)):
            self.conexion.send(trama)

    def recibir(self, que: str = "lo enviado") -> Datos:
        """La próxima trama, sea respuesta o evento."""
        if self._adelantadas:
            return leer_trama(self._adelantadas.popleft())
        with self._vigilar(que):
            return leer_trama(self.conexion.recv(timeout=self.servicio.plazo))

    def respuesta(self, que: str = "lo enviado") -> Datos:
        """La próxima respuesta; los eventos que lleguen antes se guardan."""
        while "evento" in (trama := self.recibir(que)):
            self._eventos.append(trama)
        return trama

    def pedir(self, accion: str, **datos: Any) -> Datos:
        """Pide algo y da la respuesta entera."""
        trama = peticion(accion, datos)
        self.enviar(trama)
        respuesta = self.respuesta(f"«{accion}»")
        assert respuesta["id"] == trama["id"], (
            f"Se esperaba la respuesta a «{accion}» con «id» {trama['id']}, y llegó: "
            f"{resumida(respuesta)}"
        )
        return respuesta

    def exito(self, accion: str, **datos: Any) -> Datos:
        """Pide algo que tiene que salir bien, y da sus datos."""
        respuesta = self.pedir(accion, **datos)
        assert respuesta["ok"], (
            f"Se esperaba que «{accion}» fuera bien con {resumida(datos)}, y llegó el "
            f"error {resumida(respuesta['error'])}"
        )
        return respuesta["datos"]

    def falla(self, codigo: str, accion: str, **datos: Any) -> Datos:
        """Pide algo que tiene que fallar con ese código, y da el error."""
        respuesta = self.pedir(accion, **datos)
        return comprobar_fallo(respuesta, codigo, f"«{accion}» con {resumida(datos)}")

    def mensaje(self) -> Datos:
        """El próximo mensaje de alguna de sus salas."""
        trama = self._eventos.popleft() if self._eventos else self.recibir("«publicar»")
        assert trama.get("evento") == "mensaje" and "id" not in trama, (
            f"Se esperaba un evento «mensaje», sin «id», y llegó: {resumida(trama)}"
        )
        return trama["datos"]

    def textos(self, cuantos: int) -> list[str]:
        """Los textos de los próximos mensajes."""
        return [str(self.mensaje()["texto"]) for _ in range(cuantos)]

    def recibe(self, texto: str) -> None:
        """Comprueba que el próximo mensaje es ese."""
        llega = self.mensaje()["texto"]
        assert llega == texto, (
            f"Se esperaba recibir {resumida(texto)}, y llegó: {resumida(llega)}"
        )

    def responde(self) -> None:
        """Comprueba que la conexión sigue viva."""
        assert self.pedir("ping")["ok"], "Se esperaba que «ping» fuera bien"

    def ha_llegado(self) -> bool:
        """Si ya ha llegado algo que nadie ha leído todavía. No espera."""
        with suppress(TimeoutError, ConnectionClosed):
            self._adelantadas.append(self.conexion.recv(timeout=0))
        return bool(self._adelantadas)

    def cierre(self) -> int | None:
        """Espera a que el servidor cierre, y da el código (None si no se despide)."""
        with self.servicio.vigilar(que="lo que obliga a cerrar"):
            try:
                while True:
                    self.conexion.recv(timeout=self.servicio.plazo)
            except ConnectionClosed as cierre:
                return cierre.rcvd.code if cierre.rcvd else None


def codigo(respuesta: Datos) -> str | None:
    """El código de error de una respuesta; None si ha ido bien."""
    return None if respuesta["ok"] else respuesta["error"]["codigo"]


def hora(valor: object) -> datetime:
    """Comprueba que es una hora ISO 8601 en UTC, y la da."""
    with suppress(ValueError):
        momento = datetime.fromisoformat(str(valor))
        if momento.utcoffset() == timedelta(0):
            return momento
    raise AssertionError(
        f"Se esperaba una hora UTC como «2026-01-31T12:00:00+00:00», y llegó: {valor!r}"
    )


def comprobar_fallo(respuesta: Datos, codigo: str, que: str) -> Datos:
    """Comprueba que una respuesta es el error esperado, y da el error."""
    assert not respuesta["ok"], (
        f"Se esperaba el error «{codigo}» al pedir {que}, y fue bien: "
        f"{resumida(respuesta)}"
    )
    error = respuesta["error"]
    assert error["codigo"] == codigo, (
        f"Se esperaba el error «{codigo}» al pedir {que}, y llegó {resumida(error)}"
    )
    return error


class Chat:
    """El servidor visto desde fuera: se le llama, y al acabar se cuelga."""

    def __init__(self, servicio: Servicio) -> None:
        """Todavía no arranca nada."""
        self.servicio = servicio
        self._llamadas = ExitStack()

    def __enter__(self) -> Chat:
        """Sin efectos: el programa arranca con la primera llamada."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cuelga las llamadas que queden."""
        self.colgar()

    def colgar(self) -> None:
        """Cierra todas las conexiones abiertas."""
        with suppress(ConnectionClosed, OSError):
            self._llamadas.close()

    def conectar(self) -> Cliente:
        """Una conexión nueva."""
        with self.servicio.vigilar(InvalidHandshake, que="abrir una conexión"):
            llamada = connect(
                self.servicio.direccion,
                compression=None,
                proxy=None,
                open_timeout=self.servicio.plazo,
                ping_interval=None,
                close_timeout=1,
                max_queue=None,
            )
            conexion = self._llamadas.enter_context(llamada)
        return Cliente(self.servicio, conexion)

    def al_colgar(self, funcion: Callable[[], object]) -> None:
        """Apunta algo más que hay que cerrar."""
        self._llamadas.callback(funcion)

    def reiniciar(self) -> None:
        """Cuelga, para el programa y lo arranca otra vez sobre los mismos datos."""
        self.colgar()
        self.servicio.reiniciar()

    def en_sala(self, cuantos: int, *, para: str = "") -> tuple[str, list[Cliente]]:
        """Una sala nueva con tantos clientes dentro.

        ``para`` es el requisito que lo necesita, si no es R2.
        """
        sala, clientes = unico("sala"), [self.conectar() for _ in range(cuantos)]
        with necesita(para, "R2"):
            clientes[0].exito("crear_sala", sala=sala)
            for cliente in clientes:
                cliente.exito("entrar_sala", sala=sala)
        return sala, clientes


@contextmanager
def necesita(requisito: str, otro: str) -> Iterator[None]:
    """Explica que lo que falla no es este requisito, sino otro del que depende."""
    try:
        yield
    except AssertionError as fallo:
        if not requisito:
            raise
        raise AssertionError(f"{requisito} necesita {otro}: {fallo}") from fallo
