# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Usuarios y autenticación básica."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from motor.servicio import Servicio
from requisitos.clientes import (
    DE_FABRICA,
    Chat,
    codigo,
    hora,
    necesita,
    peticion,
    unico,
)
from requisitos.cuentas import (
    CLAVE,
    claves_guardadas,
    comprobar_scrypt,
    cuenta,
    quien,
    sesion,
)


def test_registrarse_e_iniciar_sesion(chat: Chat) -> None:
    """Tras registrarse e iniciar sesión, se habla con el nombre de la cuenta."""
    cliente = chat.conectar()
    invitado = quien(cliente)
    nombre = cuenta(cliente)
    assert quien(cliente) == invitado, "Registrarse todavía no inicia la sesión"
    antes = datetime.now(UTC)
    datos = cliente.exito("iniciar_sesion", nombre=nombre, clave=CLAVE)
    assert datos.get("nombre") == nombre, f"Se esperaba «nombre»: {nombre}: {datos}"
    assert hora(datos["expira"]) > antes, f"Se esperaba una hora por venir: {datos}"
    assert quien(cliente) == (nombre, True), "Se esperaba hablar con la cuenta"
    assert quien(chat.conectar()) != (nombre, True), "La sesión es de una conexión"


def test_los_mensajes_van_con_el_nombre_de_la_cuenta(chat: Chat) -> None:
    """Con la sesión iniciada, el autor de lo que se publica es la cuenta."""
    sala, (ana, otro) = chat.en_sala(2, para="R4")
    nombre = cuenta(ana)
    sesion(ana, nombre)
    with necesita("R4", "R2"):
        ana.exito("publicar", sala=sala, texto="soy yo", autor="otro")
        otro.exito("publicar", sala=sala, texto="no soy yo", autor=nombre)
    autores = [otro.mensaje()["autor"] for _ in range(2)]
    assert autores == [nombre, otro.exito("yo")["nombre"]], (
        f"Se esperaba que cada uno firmara con su nombre, y llegó: {autores}"
    )


MALOS: dict[str, list[Any]] = {
    "nombre": ["", "an", "x" * 21, "Ana", "ana b", "1ana", "añá", "ana\n", "a#1"]
    + [None, 7, ["ana"], True],
    "clave": ["", "siete 7", "x" * 129, None, 12345678, ["x"] * 8],
}


@pytest.mark.parametrize("campo", MALOS)
def test_un_registro_que_no_vale(chat: Chat, campo: str) -> None:
    """Un nombre o una clave que no cumplen el contrato: «datos_invalidos»."""
    cliente = chat.conectar()
    bueno = {"nombre": unico("ana"), "clave": CLAVE}
    (otro,) = bueno.keys() - {campo}
    cliente.falla("datos_invalidos", "registrar", **{otro: bueno[otro]})
    for valor in MALOS[campo]:
        malo = bueno | {campo: valor}
        cliente.falla("datos_invalidos", "registrar", **malo)
        cliente.falla("datos_invalidos", "iniciar_sesion", **malo)
    cliente.exito("registrar", **bueno)


def test_un_nombre_tiene_un_solo_dueno(chat: Chat) -> None:
    """Registrar un nombre que ya existe es «nombre_ocupado», y no cambia su clave."""
    ana, intruso = chat.conectar(), chat.conectar()
    nombre = cuenta(ana)
    for clave in ("otra clave cualquiera", CLAVE):
        intruso.falla("nombre_ocupado", "registrar", nombre=nombre, clave=clave)
    intruso.falla(
        "credenciales_invalidas",
        "iniciar_sesion",
        nombre=nombre,
        clave="otra clave cualquiera",
    )
    sesion(ana, nombre)


def test_de_muchos_a_la_vez_lo_consigue_uno(chat: Chat) -> None:
    """De doce que registran a la vez el mismo nombre, lo consigue uno, con su clave."""
    nombre, clientes = unico("ana"), [chat.conectar() for _ in range(12)]
    tramas = [
        peticion("registrar", {"nombre": nombre, "clave": f"clave número {numero}"})
        for numero in range(12)
    ]
    for cliente, trama in zip(clientes, tramas, strict=True):
        cliente.enviar(trama)
    respuestas = [cliente.respuesta("«registrar»") for cliente in clientes]
    codigos = [codigo(respuesta) for respuesta in respuestas]
    assert codigos.count(None) == 1 and codigos.count("nombre_ocupado") == 11, (
        "Se esperaba que lo consiguiera uno y los otros once recibieran "
        f"«nombre_ocupado», y llegó: {codigos}"
    )
    gana = codigos.index(None)
    sesion(clientes[0], nombre, f"clave número {gana}")
    perdedor = (gana + 1) % 12
    clientes[0].falla(
        "credenciales_invalidas",
        "iniciar_sesion",
        nombre=nombre,
        clave=f"clave número {perdedor}",
    )


def test_una_clave_que_no_es(chat: Chat) -> None:
    """Una clave mala y un nombre que no existe se contestan exactamente igual."""
    cliente = chat.conectar()
    nombre = cuenta(cliente)
    errores = [
        cliente.falla(
            "credenciales_invalidas", "iniciar_sesion", nombre=quien_sea, clave=clave
        )
        for quien_sea, clave in [
            (nombre, CLAVE.upper()),
            (nombre, CLAVE + " "),
            (unico("nadie"), CLAVE),
        ]
    ]
    assert errores[0] == errores[1] == errores[2], (
        f"La respuesta no puede decir si el nombre existe: {errores}"
    )
    assert quien(cliente)[1] is False, "Fallar no tenía que iniciar la sesión"


def test_reanudar_con_el_token(chat: Chat) -> None:
    """El token identifica otras conexiones, y dos sesiones conviven."""
    ana = chat.conectar()
    nombre = cuenta(ana)
    uno, dos = sesion(ana, nombre), sesion(chat.conectar(), nombre)
    distintas = sum(una != otra for una, otra in zip(uno, dos, strict=False))
    assert distintas >= 10, (
        f"Con un token no se puede adivinar otro, y estos se parecen: {uno} y {dos}"
    )
    for token in (uno, dos, uno):
        otra = chat.conectar()
        datos = otra.exito("reanudar_sesion", token=token)
        assert datos.get("nombre") == nombre, f"Se esperaba {nombre}: {datos}"
        assert quien(otra) == (nombre, True), "Se esperaba hablar con la cuenta"


def test_un_token_que_no_vale(chat: Chat) -> None:
    """Un token inventado o alterado es «token_invalido»; si no es texto, otra cosa."""
    ana, otro = chat.conectar(), chat.conectar()
    nombre = cuenta(ana)
    token = sesion(ana, nombre)
    final = "A" if token[-2] != "A" else "B"
    for malo in ("", "x", "ñ☕", token[:-2], token + "x", token.swapcase(), nombre):
        otro.falla("token_invalido", "reanudar_sesion", token=malo)
    otro.falla("token_invalido", "reanudar_sesion", token=token[:-2] + final + "x")
    for otra_cosa in (None, 7, True, [token]):
        otro.falla("datos_invalidos", "reanudar_sesion", token=otra_cosa)
    assert quien(otro)[1] is False, "Fallar no tenía que iniciar la sesión"
    otro.exito("reanudar_sesion", token=token)


def test_cerrar_la_sesion(chat: Chat) -> None:
    """«cerrar_sesion» anula ese token, y solo ese; se vuelve a ser invitado."""
    ana = chat.conectar()
    invitado = quien(ana)
    ana.falla("no_autenticado", "cerrar_sesion")
    nombre = cuenta(ana)
    otro_token, token = sesion(chat.conectar(), nombre), sesion(ana, nombre)
    ana.exito("cerrar_sesion")
    assert quien(ana) == invitado, "Se esperaba volver a ser el invitado de antes"
    ana.falla("no_autenticado", "cerrar_sesion")
    ana.falla("token_invalido", "reanudar_sesion", token=token)
    otra = chat.conectar()
    otra.exito("reanudar_sesion", token=otro_token)
    ana.exito("reanudar_sesion", token=otro_token)
    ana.exito("cerrar_sesion")  # cierra también la que se reanudó
    chat.conectar().falla("token_invalido", "reanudar_sesion", token=otro_token)


@pytest.mark.aislada(vida_token="0.3")
def test_la_sesion_caduca(chat: Chat) -> None:
    """Pasado --vida-token no vale el token, aunque se use, ni la sesión abierta."""
    ana, otro = chat.conectar(), chat.conectar()
    invitado = quien(ana)
    nombre = cuenta(ana)
    datos = ana.exito("iniciar_sesion", nombre=nombre, clave=CLAVE)
    expira = hora(datos["expira"])
    while (respuesta := otro.pedir("reanudar_sesion", token=datos["token"]))["ok"]:
        assert datetime.now(UTC) < expira + timedelta(seconds=8), (
            f"Se esperaba que el token caducara a las {expira}, y sigue valiendo"
        )
        dicha = hora(respuesta["datos"]["expira"])
        assert abs(dicha - expira) < timedelta(seconds=0.1), (
            f"Usarlo no lo alarga: se esperaba «expira» a las {expira}, y dice {dicha}"
        )
    assert codigo(respuesta) == "token_invalido", (
        f"Se esperaba «token_invalido», y llegó: {respuesta}"
    )
    assert datetime.now(UTC) > expira - timedelta(seconds=0.1), (
        f"Se esperaba que valiera hasta las {expira}, y ha dejado de valer antes"
    )
    assert quien(ana) == invitado, "La conexión tenía que volver a ser de invitado"
    assert quien(otro)[1] is False, "Y la que reanudó la sesión, también"
    ana.falla("no_autenticado", "cerrar_sesion")
    sesion(ana, nombre)


@pytest.mark.aislada(sin_invitados="")
def test_sin_invitados(chat: Chat) -> None:
    """Con --sin-invitados, casi todo pide una sesión: si no, «no_autenticado»."""
    ana, sala = chat.conectar(), unico("sala")
    ana.responde()
    quien(ana)
    for accion in ("crear_sala", "entrar_sala", "salir_sala", "publicar", "historial"):
        ana.falla("no_autenticado", accion, sala=sala, texto="hola")
    ana.falla("no_autenticado", "salas")
    nombre = cuenta(ana)
    ana.falla("no_autenticado", "salas")
    sesion(ana, nombre)
    with necesita("R4", "R2"):
        ana.exito("crear_sala", sala=sala)
        salas = ana.exito("salas")["salas"]
        assert salas == [{"sala": sala, "miembros": 0}], f"Faltaba «{sala}»: {salas}"
    ana.exito("cerrar_sesion")
    ana.falla("no_autenticado", "salas")


@pytest.mark.aislada(coste="64")
def test_las_cuentas_se_guardan_sin_sus_claves(chat: Chat, servicio: Servicio) -> None:
    """En el archivo hay un scrypt con sal de cada clave; ni claves ni tokens.

    Y con eso basta para que las cuentas sigan tras reiniciar.
    """
    cliente = chat.conectar()
    nombres = [cuenta(cliente) for _ in range(3)]
    token = sesion(cliente, nombres[0])
    base = Path(servicio.ajustes["base"])
    guardadas = claves_guardadas(base)
    sales = set()
    for nombre in nombres:
        n, _, sal = comprobar_scrypt(guardadas.get(nombre), CLAVE)
        assert n == 64, f"Se esperaba la N de --coste (64), y hay {n}"
        sales.add(sal)
    assert len(sales) == 3, "Se esperaba una sal distinta para cada cuenta"
    secretos = {"la clave": CLAVE.encode(), "el token": token.encode()}
    for archivo in base.parent.glob(f"{base.name}*"):
        for que, secreto in secretos.items():
            assert secreto not in archivo.read_bytes(), (
                f"{archivo.name} tiene {que} tal cual: quien copie el archivo la usa"
            )
    chat.reiniciar()
    ana = chat.conectar()
    otra = {"nombre": nombres[0], "clave": "otra clave cualquiera"}
    ana.falla("nombre_ocupado", "registrar", **otra)
    ana.falla("credenciales_invalidas", "iniciar_sesion", **otra)
    sesion(ana, nombres[0])
    assert quien(ana) == (nombres[0], True), "Se esperaba hablar con la cuenta"


@pytest.mark.aislada(coste=DE_FABRICA)
def test_calcular_una_clave_no_para_el_chat(chat: Chat, servicio: Servicio) -> None:
    """De fábrica cuesta (N de 16384 o más), y mientras se calcula los demás siguen."""
    ana, otro, nombre = chat.conectar(), chat.conectar(), ""
    registrado = ""
    # Con un nombre que no existe se tarda lo mismo: si no, el tiempo lo delataría.
    for accion, espera in (
        ("registrar", None),
        ("iniciar_sesion", None),
        ("iniciar_sesion", "credenciales_invalidas"),
    ):
        for _ in range(5):
            nueva = accion == "registrar" or espera
            nombre = unico("ana") if nueva else registrado
            # Ana pide primero; quien solo dice «ping» no tiene por qué esperarla.
            ana.enviar(peticion(accion, {"nombre": nombre, "clave": CLAVE}))
            contestados = 0
            while contestados < 60 and not ana.ha_llegado():
                otro.responde()
                contestados += 1
            respuesta = ana.respuesta(f"«{accion}»")
            assert codigo(respuesta) == espera, (
                f"Se esperaba {espera or 'que fuera bien'}, y llegó: {respuesta}"
            )
            registrado = nombre if accion == "registrar" else registrado
            if contestados == 60:
                break
        else:
            quien_sea = "un nombre que no existe" if espera else "una cuenta"
            raise AssertionError(
                f"Mientras «{accion}» calcula la clave de {quien_sea}, se esperaba que "
                f"otro pudiera decir «ping» 60 veces, y solo ha podido {contestados}"
            )
    guardadas = claves_guardadas(Path(servicio.ajustes["base"]))
    n, p, _ = comprobar_scrypt(guardadas.get(registrado), CLAVE)
    assert n >= 2**14 and n * p >= 5 * 2**14, (
        f"Se esperaba de fábrica N = 16384 y p = 5, o más, y hay N = {n} y p = {p}"
    )


def test_adivinar_se_frena(chat: Chat) -> None:
    """Tras cinco fallos con un nombre hay que esperar, aun con la clave buena."""
    ana = chat.conectar()
    nombre, otro_nombre = cuenta(ana), cuenta(ana)
    mala = {"nombre": nombre, "clave": "no es esta"}
    for _ in range(2):
        # Acertar los borra: cuatro fallos, un acierto, y otra vez desde cero.
        for _ in range(4):
            ana.falla("credenciales_invalidas", "iniciar_sesion", **mala)
        token = sesion(ana, nombre)
    for _ in range(5):  # cambiar de conexión no sirve
        chat.conectar().falla("credenciales_invalidas", "iniciar_sesion", **mala)
    for clave in ("no es esta", CLAVE, CLAVE):
        error = chat.conectar().falla(
            "demasiados_intentos", "iniciar_sesion", nombre=nombre, clave=clave
        )
        espera = error.get("esperar")
        assert isinstance(espera, int | float) and 0 < espera <= 60, (
            f"Se esperaba en «esperar» cuántos segundos faltan, y llegó: {error}"
        )
    sesion(chat.conectar(), otro_nombre)
    chat.conectar().exito("reanudar_sesion", token=token)


def test_muchos_intentos_a_la_vez(chat: Chat) -> None:
    """Probar veinte claves a la vez no da más intentos que de una en una."""
    clientes = [chat.conectar() for _ in range(20)]
    for nombre in (cuenta(clientes[0]), unico("nadie")):
        trama = peticion("iniciar_sesion", {"nombre": nombre, "clave": "no es esta"})
        for cliente in clientes:
            cliente.enviar(trama)
        respuestas = [cliente.respuesta("«iniciar_sesion»") for cliente in clientes]
        codigos = [codigo(respuesta) for respuesta in respuestas]
        probadas = codigos.count("credenciales_invalidas")
        assert probadas == 5 and codigos.count("demasiados_intentos") == 15, (
            "Se esperaba que solo se probaran 5 de las 20 y a las demás se les dijera "
            f"«demasiados_intentos»; se probaron {probadas}: {codigos}"
        )


@pytest.mark.aislada(intentos="2", ventana="0.25")
def test_el_freno_se_suelta(chat: Chat) -> None:
    """Pasada la --ventana se puede volver a probar; insistir mientras no la alarga."""
    ana = chat.conectar()
    nombre = cuenta(ana)
    for _ in range(50):
        respuesta = ana.pedir("iniciar_sesion", nombre=nombre, clave="no es esta")
        if codigo(respuesta) == "demasiados_intentos":
            break
    else:
        raise AssertionError("Se esperaba «demasiados_intentos» en 50 fallos seguidos")
    limite = datetime.now(UTC) + timedelta(seconds=8)
    while not ana.pedir("iniciar_sesion", nombre=nombre, clave=CLAVE)["ok"]:
        assert datetime.now(UTC) < limite, (
            "Con --ventana 0.25 se esperaba poder entrar, y ocho segundos después no"
        )
