# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Múltiples salas de chat."""

import re
import socket
from typing import Any

import pytest
from motor.servicios import Servicios
from requisitos.clientes import Chat, Cliente, codigo, hora, peticion, resumida, unico
from requisitos.crudo import Crudo


def miembros(cliente: Cliente, sala: object) -> int | None:
    """Cuántos hay en una sala, según «salas»; None si no está en la lista."""
    salas = cliente.exito("salas")["salas"]
    assert isinstance(salas, list) and all(isinstance(una, dict) for una in salas), (
        f"Se esperaba una lista de objetos, y llegó: {resumida(salas)}"
    )
    nombres = [str(una["sala"]) for una in salas]
    assert nombres == sorted(nombres), (
        f"Se esperaban por orden alfabético, y llegó: {resumida(nombres)}"
    )
    return next((una["miembros"] for una in salas if una["sala"] == sala), None)


def espera_miembros(cliente: Cliente, sala: str, cuantos: int) -> None:
    """Espera a que el servidor note que alguien se ha ido."""
    for _ in range(1000):
        if (hay := miembros(cliente, sala)) == cuantos:
            return
    raise AssertionError(
        f"Se esperaba que en la sala quedaran {cuantos}, y «salas» sigue diciendo {hay}"
    )


def test_crear_una_sala(chat: Chat) -> None:
    """«crear_sala» la crea vacía, «salas» la enseña, y crearla no es entrar."""
    cliente, sala = chat.conectar(), unico("sala")
    assert miembros(cliente, sala) is None, "Todavía no tenía que estar en la lista"
    datos = cliente.exito("crear_sala", sala=sala)
    assert datos.get("sala") == sala, f"Se esperaba «sala»: {sala}, y llegó: {datos}"
    assert miembros(chat.conectar(), sala) == 0, "Se esperaba en la lista, y vacía"
    cliente.falla("fuera_de_sala", "publicar", sala=sala, texto="¿hay alguien?")


def test_dos_salas_no_se_llaman_igual(chat: Chat) -> None:
    """Crear una sala que ya existe es «sala_existe», y la de antes no cambia."""
    sala, (ana, berto) = chat.en_sala(2)
    berto.falla("sala_existe", "crear_sala", sala=sala)
    assert miembros(ana, sala) == 2, "Se esperaba que siguieran dentro los dos"
    ana.exito("publicar", sala=sala, texto="seguimos aquí")
    berto.recibe("seguimos aquí")


def test_crear_a_la_vez(chat: Chat) -> None:
    """De diez que crean a la vez la misma sala, lo consigue uno."""
    clientes = [chat.conectar() for _ in range(10)]
    salas = [unico("sala") for _ in range(20)]
    for sala in salas:
        for cliente in clientes:
            cliente.enviar(peticion("crear_sala", {"sala": sala}))
    for _ in salas:
        respuestas = [cliente.respuesta("«crear_sala»") for cliente in clientes]
        codigos = sorted(str(codigo(respuesta)) for respuesta in respuestas)
        assert codigos == ["None"] + ["sala_existe"] * 9, (
            "Se esperaba que la creara uno y los otros nueve recibieran «sala_existe»; "
            f"la crearon {codigos.count('None')}: {codigos}"
        )


@pytest.mark.parametrize("accion", ["crear_sala", "entrar_sala", "salir_sala"])
def test_un_nombre_de_sala_que_no_vale(chat: Chat, accion: str) -> None:
    """Un nombre que no es de 1 a 40 minúsculas, cifras o guiones: «datos_invalidos»."""
    cliente = chat.conectar()
    cliente.falla("datos_invalidos", accion)
    malos = ("", " ", "Mayúsculas", "con_bajo", "-guion", "x" * 41, "a\n", "ñ", "../a")
    malos += ("-", "a b", " a", "a ", "A", "a.b", "٣", "²", "ｘ")
    for sala in (*malos, "a;b", None, 7, True, ["a"], {"sala": "a"}):
        cliente.falla("datos_invalidos", accion, sala=sala)
        cliente.falla("datos_invalidos", "publicar", sala=sala, texto="hola")
        assert miembros(cliente, sala) is None, f"No tenía que crearse {sala!r}"


def test_nombres_de_sala_en_el_limite(chat: Chat) -> None:
    """Valen de 1 a 40 caracteres, y dos nombres parecidos son dos salas."""
    cliente, larga = chat.conectar(), unico("s").ljust(40, "0")
    corta = next(
        letra
        for letra in "abcdefghijklmnopqrstuvwxyz0123456789"
        if miembros(cliente, letra) is None
    )
    for sala in (larga, larga[:-1], unico("0-1"), f"{unico('s')}-", corta):
        cliente.exito("crear_sala", sala=sala)
        dentro = cliente.exito("entrar_sala", sala=sala)["miembros"]
        assert dentro == 1, f"Se esperaba «miembros»: 1 en «{sala}», y llegó {dentro}"
    cliente.falla("sala_existe", "crear_sala", sala=larga)


def test_una_sala_que_no_existe(chat: Chat) -> None:
    """Entrar, salir o publicar donde no hay sala es «sala_desconocida»."""
    cliente, sala = chat.conectar(), unico("sala")
    cliente.falla("sala_desconocida", "entrar_sala", sala=sala)
    cliente.falla("sala_desconocida", "salir_sala", sala=sala)
    cliente.falla("sala_desconocida", "publicar", sala=sala, texto="hola")
    assert miembros(cliente, sala) is None, "Entrar no tenía que crearla"


def test_lo_publicado_llega_a_todos_los_de_la_sala(chat: Chat) -> None:
    """Cada miembro, también quien lo publica, recibe el mensaje una vez."""
    sala, clientes = chat.en_sala(3)
    autor = clientes[0].exito("yo").get("nombre")
    datos = clientes[0].exito("publicar", sala=sala, texto="¡Hola, señor ☕!")
    assert datos.get("numero") == 1, f"Se esperaba «numero»: 1, y llegó: {datos}"
    for cliente in clientes:
        mensaje = cliente.mensaje()
        assert mensaje == {
            "sala": sala,
            "numero": 1,
            "autor": autor,
            "texto": "¡Hola, señor ☕!",
            "fecha": datos.get("fecha"),
        }, f"El mensaje no es el publicado ({datos}): {resumida(mensaje)}"
    hora(datos["fecha"])
    datos = clientes[1].exito("publicar", sala=sala, texto="dos")
    assert datos.get("numero") == 2, f"Se esperaba «numero»: 2, y llegó: {datos}"
    for cliente in clientes:
        cliente.recibe("dos")  # y no otra vez el primero


def test_cada_invitado_tiene_su_nombre(chat: Chat) -> None:
    """«yo» da a cada conexión un nombre de invitado distinto, siempre el mismo."""
    clientes = [chat.conectar() for _ in range(3)]
    quienes = [cliente.exito("yo") for cliente in clientes]
    assert all(yo.get("registrado") is False for yo in quienes), (
        f"Se esperaba «registrado»: false, y llegó: {quienes}"
    )
    nombres = [yo.get("nombre") for yo in quienes]
    assert len(set(nombres)) == 3 and all(
        isinstance(nombre, str) and nombre.startswith("invitado#") for nombre in nombres
    ), f"Se esperaban tres nombres distintos, como «invitado#7»: {nombres}"
    assert all(re.fullmatch("invitado#[0-9]+", nombre) for nombre in nombres), (
        f"Se esperaban «invitado#» y un número, y son {nombres}"
    )
    despues = [cliente.exito("yo")["nombre"] for cliente in clientes]
    assert despues == nombres, f"Se esperaban los de antes, {nombres}, y son {despues}"
    sala = unico("sala")
    clientes[0].exito("crear_sala", sala=sala)
    for cliente in clientes:
        cliente.exito("entrar_sala", sala=sala)
    clientes[0].conexion.close()
    espera_miembros(clientes[1], sala, 2)
    nuevo = chat.conectar().exito("yo")["nombre"]
    assert nuevo not in nombres[1:], (
        f"Al irse uno, quien llega no puede llamarse como otro que sigue: {nuevo}"
    )


def test_las_salas_no_se_oyen_entre_si(chat: Chat) -> None:
    """Lo dicho en una sala no llega a quien solo está en otra."""
    una, (ana, eva) = chat.en_sala(2)
    otra, (berto,) = chat.en_sala(1)
    eva.exito("entrar_sala", sala=otra)
    ana.exito("publicar", sala=una, texto="en la una")
    ana.falla("fuera_de_sala", "publicar", sala=otra, texto="no estoy")
    berto.falla("fuera_de_sala", "publicar", sala=una, texto="no estoy")
    datos = berto.exito("publicar", sala=otra, texto="en la otra")
    assert datos["numero"] == 1, f"Cada sala numera desde el 1, y llegó: {datos}"
    ana.exito("publicar", sala=una, texto="fin de una")
    berto.exito("publicar", sala=otra, texto="fin de otra")
    assert ana.textos(2) == ["en la una", "fin de una"], "A Ana solo le llega la una"
    assert berto.textos(2) == ["en la otra", "fin de otra"], "A Berto, solo la otra"
    assert sorted(eva.textos(4)) == sorted(
        ["en la una", "en la otra", "fin de una", "fin de otra"]
    ), "A Eva, que está en las dos, le llega todo"


def test_entrar_dos_veces_es_entrar_una(chat: Chat) -> None:
    """Entrar donde ya se está no es un error, y los mensajes llegan una sola vez."""
    sala, (ana, berto) = chat.en_sala(2)
    datos = ana.exito("entrar_sala", sala=sala)
    assert datos == {"sala": sala, "miembros": 2}, (
        f"Se esperaba «sala» y «miembros»: 2, y llegó: {datos}"
    )
    berto.exito("publicar", sala=sala, texto="uno")
    berto.exito("publicar", sala=sala, texto="dos")
    assert ana.textos(2) == ["uno", "dos"], "Se esperaba cada mensaje una sola vez"
    ana.exito("salir_sala", sala=sala)
    assert miembros(berto, sala) == 1, "Se esperaba que salir una vez bastara"


def test_salir_de_una_sala(chat: Chat) -> None:
    """Quien sale deja de recibir y de poder publicar; los demás siguen."""
    sala, (ana, berto, eva) = chat.en_sala(3)
    resto, (vigia,) = chat.en_sala(1)
    berto.exito("entrar_sala", sala=resto)
    datos = berto.exito("salir_sala", sala=sala)
    assert datos.get("sala") == sala, f"Se esperaba «sala»: {sala}, y llegó: {datos}"
    assert miembros(berto, resto) == 2, "Salir de una no es salir de todas"
    assert miembros(ana, sala) == 2, "Se esperaba que quedaran dos"
    berto.falla("fuera_de_sala", "publicar", sala=sala, texto="¿se me oye?")
    berto.falla("fuera_de_sala", "salir_sala", sala=sala)
    ana.exito("publicar", sala=sala, texto="ya no está")
    vigia.exito("publicar", sala=resto, texto="fin")
    eva.recibe("ya no está")
    # Si recibiera algo de la sala de la que salió, sería antes que esto.
    berto.recibe("fin")
    berto.exito("entrar_sala", sala=sala)
    ana.exito("publicar", sala=sala, texto="ha vuelto")
    berto.recibe("ha vuelto")


@pytest.mark.parametrize("como", ["se despide", "cuelga", "corta"])
def test_quien_se_va_deja_sus_salas(chat: Chat, como: str) -> None:
    """Quien se desconecta, de la forma que sea, ya no está en ninguna sala."""
    una, (berto,) = chat.en_sala(1)
    otra, (eva,) = chat.en_sala(1)
    ana = chat.conectar() if como == "se despide" else Crudo(chat)
    for sala in (una, otra):
        datos = ana.exito("entrar_sala", sala=sala)
        assert datos["miembros"] == 2, f"Se esperaba que fueran dos: {datos}"
    if isinstance(ana, Cliente):
        ana.conexion.close()
    elif como == "cuelga":
        ana.enchufe.shutdown(socket.SHUT_RDWR)
    else:
        ana.cortar()
    espera_miembros(berto, una, 1)
    espera_miembros(eva, otra, 1)
    berto.exito("publicar", sala=una, texto="se ha ido")
    berto.recibe("se ha ido")


def test_un_texto_que_no_vale(chat: Chat) -> None:
    """Un texto en blanco o de más de 4000 caracteres: «datos_invalidos»."""
    sala, (ana,) = chat.en_sala(1)
    ana.falla("datos_invalidos", "publicar", sala=sala)
    malos: list[Any] = ["", "   \t\n", "\u2003\xa0", None, 7, True, ["hola"]]
    malos += [{"texto": "hola"}, "x" * 4001, "ñ" * 4001, "🎉" * 4001]
    for texto in malos:
        ana.falla("datos_invalidos", "publicar", sala=sala, texto=texto)
    datos = ana.exito("publicar", sala=sala, texto="bueno")
    assert datos["numero"] == 1, f"Lo rechazado no gasta número, y llegó: {datos}"
    ana.recibe("bueno")  # y nada de lo rechazado


def test_el_texto_llega_tal_cual(chat: Chat) -> None:
    """Un texto que vale llega letra por letra como se escribió."""
    sala, (ana, berto) = chat.en_sala(2)
    raros = ("  con espacios \n y líneas\t", '{"v": 1}', "\x00\x7f\u2028", "<b>&amp;")
    raros += ("e\u0301 no es é", "a\r\nb\rc", "\ufeffİIıi ﬁ", "\\n %s {} $1", "0")
    raros += ("fin\n",)
    for texto in ("x" * 4000, "🎉" * 4000, *raros):
        ana.exito("publicar", sala=sala, texto=texto)
        berto.recibe(texto)


@pytest.mark.aislada
def test_dos_servidores_no_se_mezclan(chat: Chat, servicios: Servicios) -> None:
    """Dos servidores a la vez, aunque sea en el mismo proceso, no comparten nada."""
    sala, (ana,) = chat.en_sala(1)
    vecino = servicios.nuevo()
    try:
        with Chat(vecino) as otro:
            eva = otro.conectar()
            assert miembros(eva, sala) is None, (
                f"La sala «{sala}» es de otro servidor, y no tenía que estar en este"
            )
            eva.exito("crear_sala", sala=sala)
            eva.exito("entrar_sala", sala=sala)
            datos = eva.exito("publicar", sala=sala, texto="en el otro")
            assert datos["numero"] == 1, f"Se esperaba «numero»: 1, y llegó: {datos}"
            assert miembros(ana, sala) == 1, "Eva está en otro servidor"
        ana.exito("publicar", sala=sala, texto="en este")
        ana.recibe("en este")  # y no lo que se dijo en el otro
    finally:
        vecino.cerrar()


def test_una_sala_no_es_de_una_conexion(chat: Chat) -> None:
    """Una sala sigue existiendo cuando se va quien la creó, y vacía también.

    Da igual que el último salga o que se desconecte.
    """
    sala, (ana, berto) = chat.en_sala(2)
    ana.conexion.close()
    espera_miembros(berto, sala, 1)
    berto.exito("salir_sala", sala=sala)
    assert miembros(berto, sala) == 0, "Se esperaba la sala vacía en la lista"
    ultimo = chat.conectar()
    dentro = ultimo.exito("entrar_sala", sala=sala)["miembros"]
    assert dentro == 1, f"Se esperaba que quien entra fuera el único, y son {dentro}"
    ultimo.conexion.close()
    espera_miembros(berto, sala, 0)  # y no que desaparezca de la lista
