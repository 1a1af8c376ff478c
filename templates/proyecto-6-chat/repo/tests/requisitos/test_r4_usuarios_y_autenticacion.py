# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Usuarios y autenticación básica."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from motor.servicio import Servicio
from motor.servicios import Servicios
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
    dura = (hora(datos["expira"]) - antes).total_seconds()
    assert 3590 < dura < 3610, (
        "Se esperaba que el token durara 3600 segundos (--vida-token, de fábrica), y "
        f"dura {dura:g}: {datos}"
    )
    assert quien(cliente) == (nombre, True), "Se esperaba hablar con la cuenta"
    assert quien(chat.conectar()) != (nombre, True), "La sesión es de una conexión"


def test_fallar_no_cambia_quien_eres(chat: Chat) -> None:
    """Lo que falla no cierra la sesión que hay; iniciar o reanudar otra, la cambia."""
    ana = chat.conectar()
    nombre, otro_nombre = cuenta(ana), cuenta(ana)
    token, otro_token = sesion(ana, nombre), sesion(chat.conectar(), otro_nombre)
    mala = {"nombre": otro_nombre, "clave": "no es esta"}
    ana.falla("credenciales_invalidas", "iniciar_sesion", **mala)
    ana.falla("datos_invalidos", "iniciar_sesion", nombre=otro_nombre)
    ana.falla("token_invalido", "reanudar_sesion", token="no es un token")
    ana.falla("datos_invalidos", "reanudar_sesion")
    ana.falla("nombre_ocupado", "registrar", nombre=otro_nombre, clave=CLAVE)
    assert quien(ana) == (nombre, True), (
        f"Nada de eso fue bien: se esperaba que siguiera siendo {nombre}, y es "
        f"{quien(ana)}"
    )
    ana.exito("reanudar_sesion", token=otro_token)
    assert quien(ana) == (otro_nombre, True), f"Se esperaba {otro_nombre}: {quien(ana)}"
    sesion(ana, nombre)
    assert quien(ana) == (nombre, True), f"Se esperaba {nombre}, y es {quien(ana)}"
    # Cambiar de sesión no es cerrarla: los tokens de antes valen lo que les quede.
    for dueno, suyo in ((nombre, token), (otro_nombre, otro_token)):
        otra = chat.conectar()
        otra.exito("reanudar_sesion", token=suyo)
        assert quien(otra) == (dueno, True), f"Se esperaba {dueno}, y es {quien(otra)}"


def test_los_mensajes_van_con_el_nombre_de_la_cuenta(chat: Chat) -> None:
    """Con la sesión iniciada, el autor de lo que se publica es la cuenta."""
    sala, (ana, otro) = chat.en_sala(2, para="R4")
    nombre, invitada = cuenta(ana), ana.exito("yo")["nombre"]
    with necesita("R4", "R2"):
        ana.exito("publicar", sala=sala, texto="todavía no soy yo")
    sesion(ana, nombre)
    with necesita("R4", "R2"):
        ana.exito("publicar", sala=sala, texto="soy yo", autor="otro")
        otro.exito("publicar", sala=sala, texto="no soy yo", autor=nombre)
    autores = [otro.mensaje()["autor"] for _ in range(3)]
    assert autores == [invitada, nombre, otro.exito("yo")["nombre"]], (
        f"Se esperaba que cada uno firmara con su nombre, y llegó: {autores}"
    )
    ana.enviar(peticion("historial", {"sala": sala}))
    historial = ana.respuesta("«historial»")
    if historial["ok"]:  # si R3 ya está hecho
        firmados = [mensaje["autor"] for mensaje in historial["datos"]["mensajes"]]
        assert firmados == autores, f"Lo de antes queda como se dijo: {firmados}"


def test_una_cuenta_en_dos_conexiones(chat: Chat) -> None:
    """Cada conexión está en sus salas, aunque las dos sean de la misma cuenta."""
    sala, (una, otra) = chat.en_sala(2, para="R4")
    nombre = cuenta(una)
    sesion(una, nombre)
    sesion(otra, nombre)
    with necesita("R4", "R2"):
        dentro = otra.exito("entrar_sala", sala=sala)["miembros"]
        assert dentro == 2, f"Se esperaban dos conexiones en la sala, y son {dentro}"
        una.exito("publicar", sala=sala, texto="a las dos")
        una.recibe("a las dos")
        otra.recibe("a las dos")
        una.exito("salir_sala", sala=sala)
        otra.exito("publicar", sala=sala, texto="sigo dentro")
        otra.recibe("sigo dentro")


MALOS: dict[str, list[Any]] = {
    "nombre": ["", "an", "x" * 21, "Ana", "ana b", "1ana", "añá", "ana\n", "a#1"]
    + ["-ana", "_ana", " ana", "ana.", "anA", "ana٣", None, 7, ["ana"], True],
    # Se cuentan letras, no bytes: «ñ» son dos bytes, y «🎉» cuatro.
    "clave": ["", "siete 7", "ñ" * 7, "🎉" * 7, "x" * 129, None, 12345678, ["x"] * 8],
}
LIMITES = {
    "nombre": ["zq{}", "z{}".ljust(20, "0"), "z-_{}", "z{}--"],
    "clave": ["8letras.", "ñ" * 8, "x" * 128, "🎉" * 128, "        ", "\x00clave\n\t"],
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


def test_nombres_y_claves_en_el_limite(chat: Chat) -> None:
    """Valen nombres de 3 a 20 letras y claves de 8 a 128, y abren su cuenta."""
    cliente = chat.conectar()
    for numero, forma in enumerate(LIMITES["nombre"]):
        for letra in "abcdefghij":  # el servidor puede guardar cuentas de otras veces
            nombre = forma.format(letra)
            respuesta = cliente.pedir("registrar", nombre=nombre, clave=CLAVE)
            if codigo(respuesta) != "nombre_ocupado":
                break
        assert respuesta["ok"], (
            f"Se esperaba que valiera el nombre «{nombre}» ({len(nombre)} letras), y "
            f"llegó {respuesta['error']}"
        )
        sesion(cliente, nombre)
        assert quien(cliente) == (nombre, True), f"Se esperaba {nombre} ({numero})"
    for clave in LIMITES["clave"]:
        sesion(cliente, cuenta(cliente, clave), clave)


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
            (nombre, CLAVE[:-1]),
            (nombre, CLAVE.replace("ñ", "n\u0303")),
            (unico("nadie"), CLAVE),
        ]
    ]
    assert all(error == errores[0] for error in errores), (
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
    malos = ("", "x", "ñ☕", token[:-2], token + "x", token.swapcase(), nombre)
    for malo in (*malos, f" {token}", f"{token}\n", "%", "' OR 1=1 --", token[::-1]):
        otro.falla("token_invalido", "reanudar_sesion", token=malo)
    otro.falla("token_invalido", "reanudar_sesion", token=token[:-2] + final + "x")
    otro.falla("datos_invalidos", "reanudar_sesion")
    for otra_cosa in (None, 7, True, [token], {"token": token}):
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
    assert quien(otra) == (nombre, True), "El otro token seguía valiendo"
    ana.exito("reanudar_sesion", token=otro_token)
    ana.exito("cerrar_sesion")  # cierra también la que se reanudó
    chat.conectar().falla("token_invalido", "reanudar_sesion", token=otro_token)
    assert quien(otra)[1] is False, (
        "Anulado su token, se esperaba que la otra conexión que lo usaba volviera a "
        f"ser de invitado, y es {quien(otra)}"
    )
    otra.falla("no_autenticado", "cerrar_sesion")


@pytest.mark.aislada(vida_token="0.3")
@pytest.mark.usefixtures("otro_huso")
def test_la_sesion_caduca(chat: Chat) -> None:
    """Pasado --vida-token no vale el token, aunque se use, ni la sesión abierta.

    «expira» va en UTC, esté donde esté el ordenador.
    """
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


@pytest.mark.aislada
def test_las_sesiones_siguen_tras_reiniciar(chat: Chat, servicios: Servicios) -> None:
    """Un token vale lo que dura, aunque el servidor se reinicie; uno anulado, no vale.

    Y todo eso es de un servidor: otro en el mismo proceso no sabe nada.
    """
    ana = chat.conectar()
    nombre = cuenta(ana)
    vivo, anulado = sesion(chat.conectar(), nombre), sesion(ana, nombre)
    expira = ana.exito("reanudar_sesion", token=vivo)["expira"]
    ana.exito("reanudar_sesion", token=anulado)
    ana.exito("cerrar_sesion")
    mala = {"nombre": nombre, "clave": "no es esta"}
    vecino = servicios.nuevo()
    try:
        with Chat(vecino) as otro:
            eva = otro.conectar()
            eva.falla("token_invalido", "reanudar_sesion", token=vivo)
            for _ in range(5):
                eva.falla("credenciales_invalidas", "iniciar_sesion", **mala)
            eva.falla("demasiados_intentos", "iniciar_sesion", **mala)
    finally:
        vecino.cerrar()
    ana.falla("credenciales_invalidas", "iniciar_sesion", **mala)
    chat.reiniciar()
    ana = chat.conectar()
    ana.falla("token_invalido", "reanudar_sesion", token=anulado)
    datos = ana.exito("reanudar_sesion", token=vivo)
    assert datos == {"nombre": nombre, "expira": expira}, (
        f"Se esperaba la sesión de {nombre} hasta las {expira}, y llegó: {datos}"
    )
    assert quien(ana) == (nombre, True), "Se esperaba hablar con la cuenta"


@pytest.mark.aislada
def test_lo_que_nadie_ha_previsto(
    chat: Chat, servicio: Servicio, caplog: pytest.LogCaptureFixture
) -> None:
    """Un fallo de por dentro es «error_interno»: se apunta, y el servidor sigue.

    Aquí alguien ha borrado la tabla «usuarios» con el servidor en marcha.
    """
    ana, otro = chat.conectar(), chat.conectar()
    cuenta(ana)
    with closing(sqlite3.connect(servicio.ajustes["base"], timeout=5)) as base, base:
        base.execute("DROP TABLE usuarios")
    datos = {"nombre": unico("ana"), "clave": CLAVE}
    error = ana.falla("error_interno", "registrar", **datos)
    assert "usuarios" not in error["mensaje"], (
        f"Lo de por dentro no se cuenta a nadie, y llegó: {error}"
    )
    ana.responde()
    otro.responde()
    registro = servicio.salida() if servicio.proceso else caplog.text
    assert "Traceback" in registro and "usuarios" in registro, (
        "Se esperaba el fallo, con su traza, en el registro (logging), y hay: "
        f"{registro[-500:]!r}"
    )


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
    token = sesion(chat.conectar(), nombre)
    ana.exito("cerrar_sesion")
    ana.falla("no_autenticado", "salas")
    ana.falla("no_autenticado", "cerrar_sesion")
    ana.falla("token_invalido", "reanudar_sesion", token="no es un token")
    ana.exito("reanudar_sesion", token=token)
    ana.exito("salas")


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
        n, sal = comprobar_scrypt(guardadas.get(nombre), CLAVE)
        assert n == 64, f"Se esperaba la N de --coste (64), y hay {n}"
        sales.add(sal)
    assert len(sales) == 3, "Se esperaba una sal distinta para cada cuenta"
    # Y de un token tampoco hay trozos: con el principio y el final se adivina lo demás.
    secretos = {"la clave": CLAVE, "el token": token}
    secretos |= {"parte del token": token[8:], "parte del token ": token[:-8]}
    for archivo in base.parent.glob(f"{base.name}*"):
        for que, secreto in secretos.items():
            assert secreto.encode() not in archivo.read_bytes(), (
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
            contestados, peor = 0, 0.0
            empezo = ultima = time.monotonic()
            while not ana.ha_llegado() and ultima < empezo + servicio.plazo:
                otro.responde()
                contestados += 1
                peor = max(peor, time.monotonic() - ultima)
                ultima = time.monotonic()
            total = time.monotonic() - empezo
            respuesta = ana.respuesta(f"«{accion}»")
            assert codigo(respuesta) == espera, (
                f"Se esperaba {espera or 'que fuera bien'}, y llegó: {respuesta}"
            )
            registrado = nombre if accion == "registrar" else registrado
            # Antes de calcular también se contesta: que no sea solo entonces.
            if contestados >= 60 and peor < total / 2:
                break
        else:
            quien_sea = "un nombre que no existe" if espera else "una cuenta"
            raise AssertionError(
                f"Mientras «{accion}» calcula la clave de {quien_sea}, se esperaba que "
                "otro pudiera decir «ping» 60 veces o más, sin pararse; ha podido "
                f"{contestados}, y por una ha esperado {peor:.3f} s de {total:.3f}"
            )
    guardadas = claves_guardadas(Path(servicio.ajustes["base"]))
    n, _ = comprobar_scrypt(guardadas.get(registrado), CLAVE)
    assert n == 2**14, f"Se esperaba de fábrica N = 16384, y hay {n}"


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
    nadie = unico("nadie")
    for _ in range(5):
        ana.falla("credenciales_invalidas", "iniciar_sesion", nombre=nadie, clave=CLAVE)
    ana.falla("nombre_ocupado", "registrar", nombre=nombre, clave=CLAVE)
    for nombre_, clave in ((nombre, "no es esta"), (nombre, CLAVE), (nadie, CLAVE)):
        error = chat.conectar().falla(
            "demasiados_intentos", "iniciar_sesion", nombre=nombre_, clave=clave
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


INTENTOS, VENTANA = 3, 0.3


@pytest.mark.aislada(intentos=str(INTENTOS), ventana=str(VENTANA))
def test_cada_fallo_cuenta_su_ventana(chat: Chat) -> None:
    """Cada fallo cuenta --ventana segundos desde que llegó, y ni uno más.

    Se falla una y otra vez, con pausas. Como la prueba sabe cuándo envió cada intento y
    cuándo se le contestó, sabe casi siempre qué toca; cuando no, no juzga.
    """
    ana = chat.conectar()
    nombre = cuenta(ana)
    fallos: list[tuple[float, float]] = []
    for pausa in (0.0, 0.11, 0.11, 0.0, 0.11, 0.0, 0.0, 0.11, 0.0, 0.11):
        time.sleep(pausa)
        antes = time.monotonic()
        respuesta = ana.pedir("iniciar_sesion", nombre=nombre, clave="no es esta")
        despues = time.monotonic()
        seguros = [uno for uno, _ in fallos if uno + VENTANA > despues]
        posibles = [otro for _, otro in fallos if otro + VENTANA > antes]
        rechazado = codigo(respuesta) == "demasiados_intentos"
        contexto = (
            f"Con --intentos {INTENTOS} y --ventana {VENTANA}, y los fallos de hace "
            f"{[round(antes - otro, 3) for _, otro in fallos]} segundos, "
        )
        assert rechazado or len(seguros) < INTENTOS, (
            f"{contexto}se esperaba «demasiados_intentos», y llegó: {respuesta}"
        )
        assert not rechazado or len(posibles) >= INTENTOS, (
            f"{contexto}se esperaba que se probara la clave, y llegó: {respuesta}"
        )
        if not rechazado:
            fallos.append((antes, despues))
            continue
        # Hay que esperar a que deje de contar el más viejo de los últimos tres.
        faltan = respuesta["error"].get("esperar")
        llego, seguro = fallos[-INTENTOS]
        desde, hasta = llego + VENTANA - despues, seguro + VENTANA - antes
        assert isinstance(faltan, int | float) and desde - 0.02 <= faltan, (
            f"{contexto}se esperaba «esperar» de {desde:.3f} o más: {respuesta}"
        )
        assert faltan <= max(1.0, hasta + 0.02) and (
            isinstance(faltan, int) or faltan <= hasta + 0.02
        ), f"{contexto}se esperaba «esperar» de {hasta:.3f} como mucho: {respuesta}"


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
