# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Historial de mensajes."""

import os
import shutil
import subprocess
import time
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
    publicar(ana, sala, "uno", "d'os\"; DROP TABLE mensajes; --")
    publicar(berto, sala, "  tres\n☕ ", "cuatro", "%_")
    recibidos = [ana.mensaje() for _ in range(5)]
    mensajes, hay_mas = pagina(berto, sala=sala)
    assert mensajes == recibidos, (
        f"Se esperaba lo mismo que se recibió, {recibidos}, y llegó: {mensajes}"
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
    """«limite» va de 1 a 100 y «antes» desde 1: si no, «datos_invalidos»."""
    sala, (ana,) = chat.en_sala(1, para="R3")
    publicar(ana, sala, "hola")
    malos: list[Any] = [0, -1, "10", 1.5, True, [], {}, 10**30]
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
    publicar(ana, sala, "uno", "dos ☕", "tres")
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
        f"Se esperaba el mismo historial, {antes[0]}, y llegó: {despues[0]}"
    )
    (nuevo,) = publicar(ana, sala, "cuatro")
    assert nuevo["numero"] == 4, f"Se esperaba que la cuenta siguiera en 4: {nuevo}"
    todos = numeros(ana, sala=sala)
    assert todos == ([1, 2, 3, 4], False), f"Se esperaban los cuatro, y llegó: {todos}"


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


@pytest.mark.aislada
def test_un_archivo_que_no_es_de_sqlite(
    servicio: Servicio, servicios: Servicios, tmp_path: Path
) -> None:
    """Con un archivo que no es de SQLite no arranca: lo explica y no lo toca."""
    contenidos = {
        "notas.txt": b"esto no es una base de datos\n" * 200,
        "rota.db": b"SQLite format 3\x00" + b"\xff" * 3000,
    }
    puertos, procesos = {}, {}
    for nombre, contenido in contenidos.items():
        (tmp_path / nombre).write_bytes(contenido)
        ajustes = servicio.preparar() | {"base": str(tmp_path / nombre)}
        puertos[nombre] = puerto_libre()
        procesos[nombre] = subprocess.Popen(
            list(servicios.programa.orden(ajustes, puertos[nombre])),
            env=os.environ | {"PYTHONPATH": str(servicios.raiz / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    try:
        for nombre, proceso in procesos.items():
            explicacion = por_que_no_arranca(proceso, puertos[nombre], servicio.plazo)
            assert explicacion and "Traceback" not in explicacion, (
                f"Con {nombre} se esperaba una explicación sin traza, y llegó:\n"
                f"{explicacion}"
            )
            assert (tmp_path / nombre).read_bytes() == contenidos[nombre], (
                f"{nombre} tenía que quedar como estaba"
            )
    finally:
        for proceso in procesos.values():
            proceso.kill()
            proceso.wait()


def por_que_no_arranca(
    proceso: subprocess.Popen[bytes], puerto: int, plazo: float
) -> str:
    """Espera a que acabe con el código 2, y da lo que ha escrito."""
    limite = time.monotonic() + 2 * plazo
    while proceso.poll() is None:
        assert not acepta(puerto), "Se esperaba que no arrancara, y está escuchando"
        assert time.monotonic() < limite, "Se esperaba que acabara, y sigue en marcha"
        time.sleep(0.02)
    assert proceso.stderr is not None
    with proceso.stderr as salida:
        error = salida.read().decode("utf-8", "replace").strip()
    assert proceso.returncode == 2, (
        f"Se esperaba el código 2, y salió con {proceso.returncode}:\n{error}"
    )
    return error
