# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Historial de mensajes."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from motor.puertos import acepta, puerto_libre
from motor.servicio import Servicio
from motor.servicios import Servicios
from requisitos.clientes import (
    Chat,
    Cliente,
    Datos,
    hora,
    necesita,
    peticion,
    resumida,
    unico,
)

RAROS = ("  uno\n☕ ", "\x00\x7f\u2028", "e\u0301 no es é", "a\r\nb", "\ufeffİI", "007")
"""Textos que una base de datos mal usada cambiaría."""


def publicar(cliente: Cliente, sala: str, *textos: str) -> list[Datos]:
    """Publica estos textos y espera a que se los confirmen."""
    with necesita("R3", "R2"):
        return [cliente.exito("publicar", sala=sala, texto=texto) for texto in textos]


def pagina(cliente: Cliente, **datos: Any) -> tuple[list[Datos], bool]:
    """Una página de historial: los mensajes y si hay más."""
    respuesta = cliente.exito("historial", **datos)
    mensajes, hay_mas = respuesta["mensajes"], respuesta["hay_mas"]
    assert (
        isinstance(mensajes, list)
        and all(isinstance(mensaje, Datos) for mensaje in mensajes)
        and isinstance(hay_mas, bool)
    ), f"Se esperaba «mensajes» y «hay_mas», y llegó: {resumida(respuesta)}"
    return mensajes, hay_mas


def numeros(cliente: Cliente, **datos: Any) -> tuple[list[int], bool]:
    """Los números de los mensajes de una página, y si hay más."""
    mensajes, hay_mas = pagina(cliente, **datos)
    return [mensaje["numero"] for mensaje in mensajes], hay_mas


def test_el_historial_es_lo_que_se_dijo(chat: Chat) -> None:
    """«historial» da lo mismo que se recibió, del más viejo al más nuevo."""
    sala, (ana, berto) = chat.en_sala(2, para="R3")
    textos = [*RAROS, "d'os\"; DROP TABLE mensajes; --", "%_", "🎉" * 4000]
    for turno, texto in enumerate(textos):
        publicar(berto if turno % 2 else ana, sala, texto)
    recibidos = [ana.mensaje() for _ in textos]
    mensajes, hay_mas = pagina(berto, sala=sala)
    leidos = [mensaje["texto"] for mensaje in mensajes]
    assert leidos == textos, (
        f"Se esperaban los textos letra por letra, {resumida(textos)}, y llegó: "
        f"{resumida(leidos)}"
    )
    assert mensajes == recibidos, (
        f"Se esperaba lo mismo que se recibió, {resumida(recibidos)}, y llegó: "
        f"{resumida(mensajes)}"
    )
    assert not hay_mas, "Estaban todos: se esperaba «hay_mas»: false"
    fechas = [hora(mensaje["fecha"]) for mensaje in mensajes]
    assert fechas == sorted(fechas), f"Se esperaban las fechas en orden: {fechas}"


@pytest.mark.aislada
@pytest.mark.usefixtures("otro_huso")
def test_las_horas_son_utc(chat: Chat) -> None:
    """Da igual en qué huso esté el ordenador: «fecha» es la hora UTC de ahora."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, "hola")
    fecha = hora(pagina(ana, sala=sala)[0][0]["fecha"])
    assert abs(datetime.now(UTC) - fecha) < timedelta(minutes=1), (
        f"Se esperaba la hora UTC de ahora, {datetime.now(UTC)}, y llegó {fecha}"
    )


def test_quien_llega_tarde_lee_lo_de_antes(chat: Chat) -> None:
    """Quien entra después encuentra lo que se dijo sin él, aunque ya no quede nadie."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, "uno", "dos")
    ana.exito("salir_sala", sala=sala)
    tarde = chat.conectar()
    tarde.exito("entrar_sala", sala=sala)
    textos = [mensaje["texto"] for mensaje in pagina(tarde, sala=sala)[0]]
    assert textos == ["uno", "dos"], f"Se esperaban uno y dos, y llegó: {textos}"


def test_una_sala_sin_mensajes(chat: Chat) -> None:
    """Donde nadie ha dicho nada, la página está vacía y no hay más."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    assert pagina(ana, sala=sala) == ([], False), "Se esperaba una página vacía"
    assert pagina(ana, sala=sala, antes=10) == ([], False), "Y con «antes», también"


def test_hacia_atras_por_paginas(chat: Chat) -> None:
    """«antes» y «limite» llevan de los últimos mensajes al primero, sin huecos."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, *(f"mensaje {numero}" for numero in range(1, 26)))
    casos: list[tuple[dict[str, Any], tuple[list[int], bool]]] = [
        ({"limite": 10}, ([*range(16, 26)], True)),
        ({"limite": 10, "antes": 16}, ([*range(6, 16)], True)),
        ({"limite": 10, "antes": 6}, ([*range(1, 6)], False)),
        ({"limite": 10, "antes": 11}, ([*range(1, 11)], False)),
        ({"limite": 10, "antes": 12}, ([*range(2, 12)], True)),
        ({"limite": 25, "antes": None}, ([*range(1, 26)], False)),
        ({"limite": 24}, ([*range(2, 26)], True)),
        ({"limite": 1, "antes": 2}, ([1], False)),
        ({"antes": 1}, ([], False)),
        ({"limite": 3, "antes": 10**9}, ([23, 24, 25], True)),
        ({"limite": 3, "antes": 2**53}, ([23, 24, 25], True)),
        ({"limite": 1}, ([25], True)),
        ({"limite": 2, "antes": 26}, ([24, 25], True)),
        ({"limite": 3, "antes": 100}, ([23, 24, 25], True)),
        ({"antes": 9}, ([*range(1, 9)], False)),
    ]
    for datos, esperado in casos:
        llega = numeros(ana, sala=sala, **datos)
        assert llega == esperado, (
            f"Con {datos} se esperaba (números, hay_mas) = {esperado}, y llegó {llega}"
        )


def test_sin_limite_son_cincuenta(chat: Chat) -> None:
    """Sin «limite», o con null, son los 50 últimos; como mucho se pueden pedir 100."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, *(str(numero) for numero in range(102)))
    for datos in ({}, {"limite": None}):
        assert numeros(ana, sala=sala, **datos) == ([*range(53, 103)], True), (
            "Se esperaban los 50 últimos y que hubiera más"
        )
    assert numeros(ana, sala=sala, limite=100) == ([*range(3, 103)], True), (
        "Se esperaban los 100 últimos y que hubiera más"
    )


def test_las_paginas_no_se_mueven(chat: Chat) -> None:
    """Aunque se siga publicando, leer hacia atrás no repite ni se salta mensajes."""
    sala, (ana, berto) = chat.en_sala(2, para="R3")
    publicar(berto, sala, *(f"viejo {numero}" for numero in range(12)))
    leidos: list[int] = []
    antes, hay_mas = None, True
    while hay_mas and len(leidos) < 50:
        hoja, hay_mas = numeros(ana, sala=sala, limite=5, antes=antes)
        leidos = hoja + leidos
        antes = hoja[0] if hoja else 1
        publicar(berto, sala, "nuevo", "nuevo", "nuevo")
    assert leidos == [*range(1, 13)], (
        f"Se esperaba leer una vez cada mensaje del 1 al 12, y se leyó {leidos}"
    )


def test_una_pagina_que_no_vale(chat: Chat) -> None:
    """«limite» va de 1 a 100 y «antes», de 1 a 2⁵³: si no, «datos_invalidos»."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, "hola")
    malos: list[Any] = [0, -1, "10", 1.5, 1.0, True, False, [], {}, "", 10**30]
    malos.append(2**53 + 1)
    for malo in (*malos, 101):
        ana.falla("datos_invalidos", "historial", sala=sala, limite=malo)
    for malo in malos:
        ana.falla("datos_invalidos", "historial", sala=sala, antes=malo)
    assert numeros(ana, sala=sala) == ([1], False), "Se esperaba el mensaje de antes"


def test_cada_sala_tiene_su_historial(chat: Chat) -> None:
    """El historial es de una sala, y solo lo leen los que están dentro."""
    una, (ana,) = chat.en_sala(1, para="R3")
    otra, (berto,) = chat.en_sala(1, para="R3")
    for turno in ("1", "2"):
        publicar(ana, una, f"una {turno}")
        publicar(berto, otra, f"otra {turno}")
    textos = [mensaje["texto"] for mensaje in pagina(ana, sala=una)[0]]
    assert textos == ["una 1", "una 2"], f"Se esperaba solo lo de la una: {textos}"
    ana.falla("fuera_de_sala", "historial", sala=otra)
    ana.falla("sala_desconocida", "historial", sala=unico("sala"))
    ana.falla("datos_invalidos", "historial", sala="¡No!")
    ana.exito("salir_sala", sala=una)
    ana.falla("fuera_de_sala", "historial", sala=una)


def test_muchos_a_la_vez(chat: Chat) -> None:
    """Diez que publican a la vez: todo se guarda, con números seguidos."""
    sala, clientes = chat.en_sala(10, para="R3")
    for vuelta in range(5):
        for cliente in clientes:
            cliente.enviar(peticion("publicar", {"sala": sala, "texto": f"v{vuelta}"}))
    respuestas = [cliente.respuesta("«publicar»") for cliente in clientes * 5]
    dados = [resp["datos"]["numero"] for resp in respuestas if resp["ok"]]
    assert len(dados) == 50 and set(dados) == {*range(1, 51)}, (
        f"Se esperaban los números del 1 al 50, y llegó: {dados}"
    )
    recibidos = [clientes[3].mensaje() for _ in range(50)]
    mensajes, _ = pagina(clientes[0], sala=sala)
    assert mensajes == recibidos, (
        "Se esperaba que el historial tuviera el orden en que se recibieron, "
        f"{[m['numero'] for m in recibidos]}, y tiene {[m['numero'] for m in mensajes]}"
    )


@pytest.mark.aislada
def test_todo_sigue_tras_reiniciar(chat: Chat) -> None:
    """Tras parar y arrancar, siguen las salas y los mensajes, y la cuenta continúa."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    vacia, _ = chat.en_sala(1, para="R3")
    publicar(ana, sala, *RAROS, *(str(numero) for numero in range(6)))
    antes = pagina(ana, sala=sala)
    chat.reiniciar()
    ana = chat.conectar()
    salas = ana.exito("salas")["salas"]
    assert salas == [
        {"sala": nombre, "miembros": 0} for nombre in sorted([sala, vacia])
    ], f"Se esperaban las dos salas, vacías: {salas}"
    ana.falla("sala_existe", "crear_sala", sala=sala)
    ana.exito("entrar_sala", sala=sala)
    despues = pagina(ana, sala=sala)
    assert despues == antes, (
        f"Se esperaba el mismo historial, {resumida(antes[0])}, y llegó: "
        f"{resumida(despues[0])}"
    )
    (nuevo,) = publicar(ana, sala, "trece")
    assert nuevo["numero"] == 13, f"Se esperaba que la cuenta siguiera en 13: {nuevo}"
    todos = numeros(ana, sala=sala)
    assert todos == ([*range(1, 14)], False), f"Se esperaban los trece: {todos}"


def test_lo_confirmado_ya_esta_en_disco(
    chat: Chat, servicio: Servicio, servicios: Servicios
) -> None:
    """Lo que se ha contestado está guardado: un apagón justo después no lo pierde."""
    if servicios.direccion:
        pytest.skip("aislada: necesita llegar al archivo de SQLite")
    sala, (ana,) = chat.en_sala(1, para="R3")
    tras_el_apagon = servicios.nuevo()
    destino = Path(tras_el_apagon.preparar()["base"])
    origen = Path(servicio.ajustes["base"])
    textos = [str(numero) for numero in range(20)]
    publicar(ana, sala, *textos)
    # Un apagón deja el disco como está en este momento: se copia sin avisar a nadie.
    for archivo in origen.parent.glob(f"{origen.name}*"):
        shutil.copy(archivo, destino.parent / archivo.name)
    try:
        with Chat(tras_el_apagon) as otro:
            eva = otro.conectar()
            eva.exito("entrar_sala", sala=sala)
            quedan = [mensaje["texto"] for mensaje in pagina(eva, sala=sala)[0]]
            assert quedan == textos, (
                f"Se esperaban los 20 mensajes confirmados, y quedan {len(quedan)}"
            )
    finally:
        tras_el_apagon.cerrar()


@contextmanager
def disco_lento(servicio: Servicio) -> Iterator[None]:
    """Mientras dura, en el archivo de SQLite no puede escribir nadie más.

    A quien lo intenta, SQLite le hace esperar (hasta 5 segundos, si no se dice otra
    cosa): es como un disco muy lento, pero a propósito.
    """
    with closing(sqlite3.connect(servicio.ajustes["base"], timeout=5)) as base:
        base.isolation_level = None
        base.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            base.execute("ROLLBACK")


def test_con_el_disco_lento(
    chat: Chat, servicio: Servicio, servicios: Servicios
) -> None:
    """Nada se confirma ni se reparte antes de estar guardado, y el chat no se para."""
    if servicios.direccion:
        pytest.skip("aislada: necesita llegar al archivo de SQLite")
    sala, (ana, berto, sale, lee) = chat.en_sala(4, para="R3")
    entra, nueva = chat.conectar(), unico("sala")
    publicar(ana, sala, "uno")
    for cliente in (ana, berto, sale):
        cliente.recibe("uno")
    with disco_lento(servicio):
        ana.enviar(peticion("publicar", {"sala": sala, "texto": "dos"}))
        ana.enviar(peticion("ping", id_="después"))
        creador = chat.conectar()
        creador.enviar(peticion("crear_sala", {"sala": nueva}))
        # Quien lee el historial puede tener que esperar al archivo, pero él solo.
        lee.enviar(peticion("historial", {"sala": sala}))
        # Quien no escribe en el archivo no tiene por qué esperar.
        for _ in range(3):
            berto.responde()
        with necesita("R3", "R2"):
            entra.exito("entrar_sala", sala=sala)
            sale.exito("salir_sala", sala=sala)
        time.sleep(0.1)
        for quien, que in ((ana, "publicar"), (berto, "publicar"), (creador, "crear")):
            assert not quien.ha_llegado(), (
                f"Nadie puede escribir en el archivo: «{que}» no puede estar guardado, "
                f"y ya ha llegado {resumida(quien.recibir())}"
            )
    respuesta = ana.respuesta("«publicar»")
    assert respuesta["ok"] and respuesta["datos"]["numero"] == 2, (
        "Se esperaba que, libre el archivo, se guardara con el 2, y llegó: "
        f"{resumida(respuesta)}"
    )
    orden = ana.respuesta("«ping»")
    assert orden["id"] == "después", (
        f"Se esperaba la respuesta a «ping» detrás de la de «publicar»: {orden}"
    )
    assert creador.respuesta("«crear_sala»")["ok"], "Se esperaba que se creara la sala"
    assert lee.respuesta("«historial»")["ok"], "Se esperaba poder leer el historial"
    for cliente in (ana, berto, entra):
        cliente.recibe("dos")
    otra, _ = chat.en_sala(1, para="R3")
    with necesita("R3", "R2"):
        sale.exito("entrar_sala", sala=otra)
        sale.exito("publicar", sala=otra, texto="en otra")
    # Si le hubiera llegado lo que se dijo cuando ya había salido, sería antes que esto.
    sale.recibe("en otra")


@pytest.mark.aislada
def test_si_no_puede_arrancar_lo_explica(
    servicio: Servicio, servicios: Servicios, tmp_path: Path
) -> None:
    """Un archivo que no es de SQLite (no se toca), que no se puede abrir, o el puerto.

    No arranca: lo explica y sale con el código 2.
    """
    contenidos = {
        "notas.txt": b"esto no es una base de datos\n" * 200,
        "rota.db": b"SQLite format 3\x00" + b"\xff" * 3000,
    }
    for nombre, contenido in contenidos.items():
        (tmp_path / nombre).write_bytes(contenido)
    (tmp_path / "carpeta").mkdir()
    puertos, procesos = {}, {}
    for nombre in (*contenidos, "carpeta", "no/existe/chat.db", "puerto"):
        ajustes = servicio.preparar() | {"base": str(tmp_path / nombre)}
        # El ocupado es el de otro chat: ni siquiera con él se comparte.
        puertos[nombre] = servicio.puerto if nombre == "puerto" else puerto_libre()
        procesos[nombre] = subprocess.Popen(
            list(servicios.programa.orden(ajustes, puertos[nombre])),
            env=os.environ | {"PYTHONPATH": str(servicios.raiz / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    try:
        for nombre, proceso in procesos.items():
            puerto = None if nombre == "puerto" else puertos[nombre]
            explicacion = por_que_no_arranca(proceso, puerto, servicio.plazo)
            assert explicacion and "Traceback" not in explicacion, (
                f"Con {nombre} se esperaba una explicación sin traza, y llegó:\n"
                f"{explicacion!r}"
            )
    finally:
        for proceso in procesos.values():
            proceso.kill()
            proceso.wait()
    for nombre, contenido in contenidos.items():
        assert (tmp_path / nombre).read_bytes() == contenido, (
            f"{nombre} tenía que quedar como estaba"
        )


def por_que_no_arranca(
    proceso: subprocess.Popen[bytes], puerto: int | None, plazo: float
) -> str:
    """Espera a que acabe con el código 2, y da lo que ha escrito."""
    limite = time.monotonic() + 2 * plazo
    while proceso.poll() is None:
        assert not puerto or not acepta(puerto), (
            "Se esperaba que no arrancara, y está escuchando"
        )
        assert time.monotonic() < limite, "Se esperaba que acabara, y sigue en marcha"
        time.sleep(0.02)
    assert proceso.stderr is not None
    with proceso.stderr as salida:
        error = salida.read().decode("utf-8", "replace").strip()
    assert proceso.returncode == 2, (
        f"Se esperaba el código 2, y salió con {proceso.returncode}:\n{error}"
    )
    return error
