# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · WebSockets con asyncio."""

import json
import socket
from typing import Any

import pytest
from motor.servicio import Servicio
from requisitos.clientes import (
    Chat,
    Cliente,
    Datos,
    codigo,
    comprobar_fallo,
    peticion,
    resumida,
)


def rechaza(cliente: Cliente, trama: Any, error: str, id_: Any = None) -> Datos:
    """Envía una trama mala: se contesta con ese error, y la conexión sigue."""
    cliente.enviar(trama)
    respuesta = cliente.respuesta(resumida(trama))
    llegado = comprobar_fallo(respuesta, error, resumida(trama))
    assert respuesta["id"] == id_, (
        f"Se esperaba «id»: {id_!r} al contestar a {resumida(trama)}, y llegó: "
        f"{resumida(respuesta)}"
    )
    cliente.responde()
    return llegado


def test_cada_respuesta_lleva_el_id_de_su_peticion(chat: Chat) -> None:
    """«ping» contesta {"pong": true} con el mismo «id», sea número o texto."""
    cliente = chat.conectar()
    limites = (2**53, -(2**53), "x" * 64, "☕" * 64)
    for id_ in (7, 0, -3, *limites, "a", "ñandú ☕", "7", " ", "e\u0301", "a"):
        cliente.enviar(peticion("ping", id_=id_))
        respuesta = cliente.respuesta("«ping»")
        assert respuesta["ok"], f"Se esperaba que «ping» fuera bien: {respuesta}"
        assert respuesta["id"] == id_ and type(respuesta["id"]) is type(id_), (
            f"Se esperaba «id»: {id_!r}, y llegó: {respuesta}"
        )
        assert respuesta["datos"] == {"pong": True}, (
            f'Se esperaba «datos»: {{"pong": true}}, y llegó: {respuesta}'
        )
        rechaza(cliente, "no soy JSON", "json_invalido")


def test_lo_que_no_es_json(chat: Chat) -> None:
    """Una trama que no es JSON recibe «json_invalido», y la conexión sigue."""
    cliente = chat.conectar()
    for trama in ("", "hola", "{", '{"v": 1,}', "{'v': 1}", '"sin', "\x00", "[1, 2"):
        rechaza(cliente, trama, "json_invalido")
    buena = json.dumps(peticion("ping", id_=1))
    rotas = ('"\\ud800"', buena + buena, buena[:-1], "\ufeff" + buena, f"{buena}\x00")
    for trama in rotas * 30:  # por muchas que sean, la conexión sigue
        rechaza(cliente, trama, "json_invalido")
    for numero in ("NaN", "Infinity", "-Infinity"):  # Python los lee, y no son JSON
        rechaza(cliente, f'{buena[:-1]}, "n": {numero}}}', "json_invalido")


@pytest.mark.parametrize(
    "trama",
    [
        pytest.param("[" * 30_000, id="30.000 corchetes"),
        pytest.param('{"a":' * 10_000 + "1" + "}" * 10_000, id="10.000 objetos"),
        pytest.param(
            json.dumps(peticion("ping", id_=1))[:-1] + ', "n": ' + "9" * 6_000 + "}",
            id="6.000 cifras",
        ),
    ],
)
def test_json_retorcido(chat: Chat, trama: str) -> None:
    """JSON tan retorcido que Python no lo lee recibe «json_invalido», y todo sigue."""
    rechaza(chat.conectar(), trama, "json_invalido")


@pytest.mark.parametrize("donde", ["id", "accion", "datos", "sala", "clave"])
def test_un_sustituto_suelto_no_es_texto(chat: Chat, donde: str) -> None:
    r"""«\ud800» se puede leer pero no escribir en UTF-8: se rechaza, y todo sigue."""
    trama = peticion("entrar_sala", {"sala": "una"}, id_=1)
    if donde == "sala":
        trama["datos"]["sala"] = "\ud800"
    elif donde == "clave":
        trama["\ud800"] = "una de más"
    else:
        trama[donde] = "\ud800"
    cliente = chat.conectar()
    cliente.enviar(json.dumps(trama))
    respuesta = cliente.respuesta(json.dumps(trama))
    errores = {"json_invalido", "peticion_invalida", "datos_invalidos"}
    assert codigo(respuesta) in errores | {"accion_desconocida"}, (
        f"Se esperaba un error que diga qué está mal: {resumida(respuesta)}"
    )
    cliente.responde()


def test_json_que_no_es_un_objeto(chat: Chat) -> None:
    """JSON que no es un objeto recibe «peticion_invalida» con «id»: null."""
    cliente = chat.conectar()
    for trama in ("null", "7", '"hola"', "true", "[]", "[{}]"):
        rechaza(cliente, trama, "peticion_invalida")


def test_un_id_que_no_vale(chat: Chat) -> None:
    """Sin un «id» que valga no hay petición: «peticion_invalida» con «id»: null."""
    cliente = chat.conectar()
    rechaza(cliente, {"v": 1, "accion": "ping"}, "peticion_invalida")
    malos: list[Any] = [None, "", "x" * 65, 1.5, 1.0, True, False, [], {}]
    malos += [2**53 + 1, 10**30, -(2**53) - 1, -(10**30)]
    for id_ in malos:
        trama = {"v": 1, "id": id_, "accion": "ping"}
        rechaza(cliente, trama, "peticion_invalida")


@pytest.mark.parametrize("campo", ["accion", "datos"])
def test_una_peticion_mal_hecha(chat: Chat, campo: str) -> None:
    """«accion» es un texto y «datos» un objeto; si no, «peticion_invalida»."""
    cliente = chat.conectar()
    for valor in (7, ["ping"], [], False, 0, None if campo == "accion" else "sala"):
        trama = {"v": 1, "id": "p1", "accion": "ping"} | {campo: valor}
        rechaza(cliente, trama, "peticion_invalida", "p1")


def test_datos_se_puede_omitir(chat: Chat) -> None:
    """Una petición sin «datos», o con campos de más, vale."""
    cliente = chat.conectar()
    rechaza(cliente, {"v": 1, "id": 1, "datos": {}}, "peticion_invalida", 1)
    cliente.enviar({"v": 1, "id": 2, "accion": "ping", "extra": [None]})
    assert cliente.respuesta()["ok"], "Se esperaba que «ping» sin «datos» fuera bien"
    sobran = {f"extra {numero}": None for numero in range(20)}
    trama = json.dumps(peticion("yo", sobran), indent=2)
    cliente.enviar(f" \r\n{trama}\t\n")
    assert cliente.respuesta()["ok"], "Se esperaba que los espacios no estorbaran"


def test_otra_version_del_protocolo(chat: Chat) -> None:
    """Otra «v» recibe «version_no_soportada», con las que sí: {"versiones": [1]}."""
    cliente = chat.conectar()
    rechaza(cliente, {"id": 6, "accion": "ping"}, "version_no_soportada", 6)
    for version in (2, 0, "1", None, True, [1]):
        trama = {"v": version, "id": 5, "accion": "ping"}
        error = rechaza(cliente, trama, "version_no_soportada", 5)
        assert error.get("versiones") == [1], (
            f"Se esperaba «versiones»: [1] en el error, y llegó: {error}"
        )


def test_una_accion_desconocida(chat: Chat) -> None:
    """Una acción que no está en el contrato recibe «accion_desconocida»."""
    cliente = chat.conectar()
    # Las últimas son de cualquier objeto de Python: nadie ha dicho que se puedan pedir.
    acciones = ["bailar", "", "PING", "ping ", "atender", "_ping", "__init__"]
    for accion in (*acciones, "_init__", "init__", "_class__", "_dict__", "x" * 5000):
        trama = {"v": 1, "id": 9, "accion": accion}
        rechaza(cliente, trama, "accion_desconocida", 9)


def test_una_trama_binaria(chat: Chat) -> None:
    """Una trama binaria recibe «binario_no_admitido», aunque dentro lleve JSON."""
    cliente = chat.conectar()
    for trama in (b"", b"\x00\xff\xfe", json.dumps(peticion("ping")).encode()):
        rechaza(cliente, trama, "binario_no_admitido")


@pytest.mark.aislada(max_trama="2000")
def test_una_trama_enorme(chat: Chat) -> None:
    """Con más bytes que --max-trama se cierra con 1009; con los justos, se contesta."""
    otro, cliente = chat.conectar(), chat.conectar()
    justa = json.dumps(peticion("ping", {"relleno": ""}))
    justa = justa.replace('""', f'"{"x" * (2000 - len(justa))}"')
    cliente.enviar(justa)
    assert cliente.respuesta()["ok"], "Se esperaba que una trama de 2000 bytes valiera"
    # 1.001 eñes son menos de 2.000 caracteres, pero más de 2.000 bytes.
    rechaza(cliente, "ñ" * 1000, "json_invalido")
    cliente.enviar("ñ" * 1001)
    cierre = cliente.cierre()
    assert cierre == 1009, (
        f"Se esperaba que una trama de 2002 bytes cerrara con 1009, y llegó {cierre}"
    )
    otro.responde()


def test_una_trama_enorme_de_fabrica(chat: Chat) -> None:
    """Sin decir nada, la trama más larga es de 65.536 bytes."""
    otro, cliente = chat.conectar(), chat.conectar()
    justa = json.dumps(peticion("ping", {"relleno": ""}))
    justa = justa.replace('""', f'"{"x" * (65_536 - len(justa))}"')
    cliente.enviar(justa)
    assert cliente.respuesta()["ok"], "Se esperaba que una trama de 65536 bytes valiera"
    cliente.enviar(f"{justa} ")
    cierre = cliente.cierre()
    assert cierre == 1009, (
        f"Se esperaba que una trama de 65537 bytes cerrara con 1009, y llegó {cierre}"
    )
    otro.responde()


def test_lo_que_rompe_el_protocolo_no_rompe_el_servidor(
    chat: Chat, servicio: Servicio
) -> None:
    """Texto que no es UTF-8 cierra con 1007; basura en el puerto no molesta a nadie."""
    otro, cliente = chat.conectar(), chat.conectar()
    rechaza(otro, "{", "json_invalido")
    cliente.conexion.send(b'{"v": 1, "id": "\xff\xfe"}', text=True)
    cierre = cliente.cierre()
    assert cierre == 1007, (
        f"Se esperaba que una trama que no es UTF-8 cerrara con 1007, y llegó {cierre}"
    )
    for basura in (b"\x00\xff" * 500, b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection((servicio.host, servicio.puerto), 5) as enchufe:
            enchufe.sendall(basura)
    rechaza(otro, "{", "json_invalido")
    chat.conectar().responde()


def test_las_respuestas_llegan_en_orden(chat: Chat) -> None:
    """Con 60 peticiones seguidas, buenas y malas, cada una se contesta en su turno."""
    cliente = chat.conectar()
    acciones = ["ping" if numero % 3 else "bailar" for numero in range(60)]
    for numero, accion in enumerate(acciones):
        cliente.enviar(peticion(accion, id_=numero))
    for numero, accion in enumerate(acciones):
        respuesta = cliente.respuesta()
        assert respuesta["id"] == numero, (
            f"Se esperaba la respuesta {numero}, y llegó la {respuesta['id']!r}"
        )
        assert respuesta["ok"] == (accion == "ping"), (
            f"Se esperaba otra cosa de «{accion}»: {resumida(respuesta)}"
        )


def test_la_basura_de_uno_no_llega_a_otro(chat: Chat) -> None:
    """Quien envía basura recibe su error; los demás, nada; y puede irse sin avisar."""
    bueno = chat.conectar()
    for _ in range(5):
        malo = chat.conectar()
        rechaza(malo, "}{", "json_invalido")
        malo.conexion.socket.shutdown(socket.SHUT_RDWR)
    bueno.enviar(peticion("ping", id_="único"))
    trama = bueno.recibir("«ping»")
    assert trama.get("id") == "único", (
        f"Se esperaba solo la respuesta propia, y llegó: {resumida(trama)}"
    )
