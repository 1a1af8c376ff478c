# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Email, SMS, Push notifications."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import pytest
from openapi_spec_validator import validate
from requisitos.api import (
    INTENTOS,
    PRESTAMO,
    REINTENTO,
    Api,
    Persona,
    comprueba,
    espera,
    hasta,
    id_de,
    json_de,
    problema,
    unico,
)
from requisitos.proveedores import Contesta

RARO = "¡Hola, Ñandú! €uros & <b>más</b> 🦜"
DIFICIL = f"{RARO}\n.una línea con punto\n\nFrom aquí\n{'muy larga ' * 200}\nfin"


# --- los tres canales ------------------------------------------------------------


def test_un_correo_llega_con_sus_dos_partes(api: Api) -> None:
    """El correo lleva texto y HTML tal como se pidieron, y las cabeceras que debe."""
    ana = Persona()
    html = "<h1>Ñandú</h1>\n<p>" + "largo " * 400 + "</p>"
    contenido = {"asunto": RARO, "texto": DIFICIL, "html": html}
    id_ = api.avisar(ana, "email", contenido=contenido)
    api.queda(id_, "enviado")
    (correo,) = api.correo.entregas(ana.email)
    mensaje = correo.mensaje
    comprueba(
        mensaje.get_content_type() == "multipart/alternative",
        f"Se esperaba multipart/alternative, y llegó {mensaje.get_content_type()}",
    )
    tipos = [parte.get_content_type() for parte in mensaje.iter_parts()]
    comprueba(
        tipos == ["text/plain", "text/html"],
        f"Se esperaba primero text/plain y después text/html, y llegó {tipos}",
    )
    comprueba(
        correo.parte("plain") == DIFICIL,
        f"Se esperaba el texto tal cual, y llegó {correo.parte('plain')[:300]!r}",
    )
    comprueba(
        correo.parte("html") == html,
        f"Se esperaba el HTML tal cual, y llegó {correo.parte('html')[:300]!r}",
    )
    cabeceras = {nombre: str(mensaje[nombre]) for nombre in ("Subject", "From", "To")}
    esperadas = {"Subject": RARO, "From": api.ajuste("MAIL_FROM"), "To": ana.email}
    comprueba(cabeceras == esperadas, f"Se esperaba {esperadas}, y llegó {cabeceras}")
    for nombre in ("Date", "Message-ID", "MIME-Version"):
        veces = len(mensaje.get_all(nombre, []))
        comprueba(veces == 1, f"Se esperaba un {nombre}, y han llegado {veces}")


def test_el_html_que_falta_sale_del_texto(api: Api) -> None:
    """Sin html en la petición, la parte HTML es el texto, escapado."""
    ana = Persona()
    contenido = {"asunto": "Hola", "texto": "Pérez & Hijos <script>alert(1)</script>"}
    api.queda(api.avisar(ana, "email", contenido=contenido), "enviado")
    (correo,) = api.correo.entregas(ana.email)
    html = correo.parte("html")
    comprueba(
        "Pérez &amp; Hijos &lt;script&gt;" in html and "<script>" not in html,
        f"Se esperaba el texto escapado en la parte HTML, y llegó {html!r}",
    )


@pytest.mark.parametrize("canal", ["sms", "push"])
def test_un_mensaje_llega_a_su_proveedor(api: Api, canal: str) -> None:
    """SMS y push se mandan por HTTP a su proveedor, con todo lo que pide."""
    ana = Persona()
    contenido = {"asunto": RARO, "texto": DIFICIL}
    id_ = api.avisar(ana, canal, contenido=contenido)
    aviso = api.queda(id_, "enviado")
    comprueba(
        aviso["usuario"] == ana.usuario and aviso["canal"] == canal,
        f"Se esperaba el aviso de {ana.usuario} por {canal}, y llegó {aviso}",
    )
    (llamada,) = api.proveedor(canal).entregas(ana.destinos[canal])
    esperado = {
        "para": ana.destinos[canal],
        "titulo": RARO,
        "texto": DIFICIL,
        "referencia": id_,
    }
    comprueba(
        llamada.datos == esperado,
        f"Se esperaba que el proveedor recibiera {esperado}, y llegó {llamada.datos}",
    )
    comprueba(
        llamada.clave == f"{id_}:{canal}",
        f"Se esperaba Idempotency-Key: {id_}:{canal}, y llegó «{llamada.clave}»",
    )
    comprueba(
        api.intentos(id_) == [(canal, "aceptado")],
        f"Se esperaba un intento aceptado, y llegó {api.intentos(id_)}",
    )


def test_se_acepta_con_su_direccion(api: Api) -> None:
    """POST /avisos contesta 202 con el aviso y su Location, y se puede mirar."""
    respuesta = api.pedir_aviso(Persona())
    id_ = id_de(respuesta, al="pedir un aviso")
    comprueba(
        respuesta.headers.get("location") == f"/avisos/{id_}",
        f"Se esperaba Location: /avisos/{id_}, y llegó"
        f" {respuesta.headers.get('location')}",
    )
    aviso = api.aviso(id_)
    comprueba(
        aviso["id"] == id_ and aviso["estado"] in {"en_cola", "enviado"},
        f"Se esperaba el aviso recién aceptado, y llegó {aviso}",
    )
    problema(api.get("/avisos/no-existe"), 404, al="mirar un aviso que no existe")


# --- datos que no valen ----------------------------------------------------------

MALOS: dict[str, dict[str, Any]] = {
    "asunto con salto": {
        "contenido": {"asunto": "Hola\r\nBcc: x@example.com", "texto": "a"}
    },
    "asunto con salto al final": {"contenido": {"asunto": "Hola\n", "texto": "a"}},
    "asunto con salto raro": {
        "contenido": {"asunto": "Hola\x0bBcc: x@example.com", "texto": "a"}
    },
    "asunto vacío": {"contenido": {"asunto": " ", "texto": "a"}},
    "asunto largo": {"contenido": {"asunto": "x" * 201, "texto": "a"}},
    "texto vacío": {"contenido": {"asunto": "Hola", "texto": ""}},
    "texto nulo": {"contenido": {"asunto": "Hola", "texto": "a\x00b"}},
    "texto enorme": {"contenido": {"asunto": "Hola", "texto": "x" * 100_001}},
    "sin contenido": {"contenido": None},
    "sin canales": {"canales": []},
    "canal repetido": {"canales": ["email", "email"]},
    "canal desconocido": {"canales": ["email", "fax"]},
    "falta un destino": {
        "canales": ["email", "push"],
        "destinos": {"email": "a@example.com"},
    },
    "correo con salto": {"destinos": {"email": "a@example.com\r\nBcc: b@example.com"}},
    "correo con salto al final": {"destinos": {"email": "a@example.com\n"}},
    "dos correos": {"destinos": {"email": "a@example.com, b@example.com"}},
    "correo con nombre": {"destinos": {"email": "Ana <a@example.com>"}},
    "correo sin dominio": {"destinos": {"email": "ana@"}},
    "teléfono sin prefijo": {"canales": ["sms"], "destinos": {"sms": "600111222"}},
    "teléfono con letras": {"canales": ["sms"], "destinos": {"sms": "+34600ABC222"}},
    "teléfono árabe": {"canales": ["sms"], "destinos": {"sms": "+3460011122٣"}},
    "teléfono con salto": {"canales": ["sms"], "destinos": {"sms": "+34600111222\n"}},
    "sin usuario": {"usuario": ""},
    "prioridad desconocida": {"prioridad": "altísima"},
    "campo de más": {"id": "el-que-yo-quiera"},
}


@pytest.mark.parametrize("malo", MALOS.values(), ids=MALOS.keys())
def test_datos_que_no_valen(api: Api, malo: dict[str, Any]) -> None:
    """Lo que no se puede mandar es 422, dice qué campo falla, y no llega a nadie."""
    respuesta = api.pedir_aviso(Persona(), **({"canales": ["email"]} | malo))
    datos = problema(respuesta, 422, al="pedir un aviso que no vale")
    errores = datos.get("errores")
    comprueba(
        isinstance(errores, list)
        and errores
        and all("campo" in uno for uno in errores),
        f"Se esperaba qué campos fallan, en «errores», y llegó {datos}",
    )


def test_lo_que_no_es_json_es_un_error(api: Api) -> None:
    """Un cuerpo que no es JSON es 422, con la forma de todos los errores."""
    tipo = {"Content-Type": "application/json"}
    respuesta = api.pedir("POST", "/avisos", content=b"{", headers=tipo)
    problema(respuesta, 422, al="mandar algo que no es JSON")
    problema(api.pedir("DELETE", "/avisos"), 405, al="usar un método que no hay")


def test_lo_que_vale_por_poco(api: Api) -> None:
    """Los límites están incluidos, y las direcciones raras pero buenas se aceptan."""
    ana = Persona(email=f"{unico('o.b+c')}@sub.example.com")
    contenido = {"asunto": "x" * 200, "texto": "ñ" * 100_000}
    id_ = api.avisar(ana, "email", contenido=contenido)
    api.queda(id_, "enviado")
    (correo,) = api.correo.entregas(ana.email)
    comprueba(
        len(correo.parte("plain")) == len(contenido["texto"]),
        f"Se esperaban 100000 caracteres, y llegaron {len(correo.parte('plain'))}",
    )


# --- lo que falla, y otra vez ----------------------------------------------------

PASAJEROS = {
    "email": {
        "451": Contesta(451),
        "cortado en RCPT": Contesta(corta=True),
        "lento": Contesta(tarda=3),
    },
    "sms": {
        "503": Contesta(503),
        "cortado": Contesta(corta=True),
        "gotea": Contesta(503, goteo=True),
        "lento": Contesta(tarda=3),
    },
}
LENTOS = {"lento", "gotea"}
"""Se dejan en marcha a la vez, para esperar una vez sola."""


def test_un_fallo_pasajero_se_reintenta(api: Api) -> None:
    """Si el proveedor falla, corta o tarda, se espera y se intenta otra vez."""
    casos = [
        (canal, como, Persona(), respuesta)
        for canal, respuestas in PASAJEROS.items()
        for como, respuesta in respuestas.items()
    ]
    ids = []
    for canal, como, persona, respuesta in casos:
        api.proveedor(canal).preparar(persona.destinos[canal], respuesta)
        ids.append(api.avisar(persona, canal))
        if como not in LENTOS:  # los cuatro seguidos abrirían el circuito
            api.cuando(ids[-1], 1)
            api.pasa_otro(canal)
    for (canal, como, _, _), id_ in zip(casos, ids, strict=True):
        intentos = api.cuando(id_, 1)
        comprueba(
            intentos == [(canal, "temporal")] and api.aviso(id_)["estado"] == "en_cola",
            f"Se esperaba un intento «temporal» ({canal} {como}) y el aviso en_cola, "
            f"y llegó {api.aviso(id_)}",
        )
    api.reloj.adelantar(REINTENTO - 1)
    for canal in PASAJEROS:
        api.pasa_otro(canal)
    for canal, como, persona, _ in casos:
        llamadas = len(api.proveedor(canal).llamadas(persona.destinos[canal]))
        comprueba(
            llamadas == 1,
            f"Se esperaba que no se repitiera antes de {REINTENTO} s ({canal} {como}), "
            f"y van {llamadas} llamadas",
        )
    api.reloj.adelantar(REINTENTO + 1)
    for (canal, como, persona, _), id_ in zip(casos, ids, strict=True):
        aviso = api.queda(id_, "enviado")
        comprueba(
            [i["resultado"] for i in aviso["intentos"]] == ["temporal", "aceptado"],
            f"Se esperaba «temporal» y después «aceptado» ({canal} {como}), y llegó "
            f"{aviso}",
        )
        if como == "lento":
            es_el_mismo(api, canal, persona)


def es_el_mismo(api: Api, canal: str, persona: Persona) -> None:
    """Lo que se dio por perdido y había llegado se reconoce como el mismo mensaje."""
    entregas = api.proveedor(canal).entregas(persona.destinos[canal])
    if canal == "email":
        nombres = {str(correo.mensaje["Message-ID"]) for correo in entregas}
        otros = {str(c.mensaje["Message-ID"]) for c in api.correo.entregas()} - nombres
        comprueba(
            len(entregas) == 2 and len(nombres) == 1 and otros,
            "Se esperaba un Message-ID por aviso, el mismo en los dos intentos, y "
            f"llegaron {nombres} en {len(entregas)} correos",
        )
    else:
        comprueba(
            len(entregas) == 1,
            "Se esperaba la misma Idempotency-Key en los dos intentos (y una sola "
            f"entrega), y hay {len(entregas)}",
        )


def test_cada_vez_se_espera_mas(api: Api) -> None:
    """La segunda espera es el doble que la primera, y al tercer fallo se acabó."""
    api.pasa_otro("sms")
    ana = Persona()
    api.sms.preparar(ana.sms, *[Contesta(503)] * INTENTOS)
    id_ = api.avisar(ana, "sms")
    api.cuando(id_, 1)
    api.reloj.adelantar(2 * REINTENTO)
    api.cuando(id_, 2)
    api.reloj.adelantar(2 * REINTENTO - 1)
    api.pasa_otro("sms")
    comprueba(
        len(api.sms.llamadas(ana.sms)) == 2,
        f"Se esperaba que el segundo reintento no saliera antes de {2 * REINTENTO} s, "
        f"y van {len(api.sms.llamadas(ana.sms))} llamadas",
    )
    api.reloj.adelantar(2 * REINTENTO + 1)
    aviso = api.queda(id_, "fallido")
    resultados = [intento["resultado"] for intento in aviso["intentos"]]
    comprueba(
        resultados == ["temporal"] * INTENTOS,
        f"Se esperaban {INTENTOS} intentos y rendirse, y llegó {aviso}",
    )


def test_si_el_proveedor_dice_cuanto_se_espera_eso(api: Api) -> None:
    """Un 429 con Retry-After se respeta, aunque sea más que la espera de siempre."""
    ana = Persona()
    api.push.preparar(ana.push, Contesta(429, {"Retry-After": "200"}))
    id_ = api.avisar(ana, "push")
    api.cuando(id_, 1)
    api.reloj.adelantar(199)
    api.pasa_otro("push")
    comprueba(
        len(api.push.llamadas(ana.push)) == 1,
        "Se esperaba que no se llamara otra vez antes de los 200 s que pidió",
    )
    api.reloj.adelantar(2)
    api.queda(id_, "enviado")


def test_lo_que_no_tiene_arreglo_no_se_repite(api: Api) -> None:
    """Un 550 o un 410 es para siempre: un intento, y fallido."""
    ana = Persona()
    api.correo.preparar(ana.email, Contesta(550))
    api.push.preparar(ana.push, Contesta(410))
    for canal in ("email", "push"):
        aviso = api.queda(api.avisar(ana, canal), "fallido")
        intentos = [(i["canal"], i["resultado"]) for i in aviso["intentos"]]
        comprueba(
            intentos == [(canal, "permanente")],
            f"Se esperaba un solo intento, «permanente», y llegó {aviso}",
        )
    api.reloj.adelantar(4 * REINTENTO)
    api.pasa_otro("email")
    llamadas = len(api.correo.llamadas(ana.email)), len(api.push.llamadas(ana.push))
    comprueba(
        llamadas == (1, 1),
        f"Se esperaba que no se repitiera ninguno, y van {llamadas} llamadas",
    )


def test_un_correo_aceptado_no_se_repite(api: Api) -> None:
    """Si el servidor acepta el correo y luego cuelga sin más, ya está enviado."""
    ana = Persona()
    api.correo.preparar(ana.email, Contesta(cuelga_luego=True))
    id_ = api.avisar(ana, "email")
    api.cuando(id_, 1)
    comprueba(
        api.intentos(id_) == [("email", "aceptado")],
        f"Se esperaba un intento «aceptado», y llegó {api.intentos(id_)}",
    )
    api.reloj.adelantar(4 * REINTENTO)
    api.pasa_otro("email")
    entregas = len(api.correo.entregas(ana.email))
    comprueba(entregas == 1, f"Se esperaba un correo, y han llegado {entregas}")


def test_un_proveedor_lento_no_para_a_los_demas(api: Api) -> None:
    """Con el correo y muchos SMS esperando, un push sale en el acto."""
    lentos = [Persona() for _ in range(4)]
    suelta = threading.Event()
    for persona in lentos:
        api.correo.preparar(persona.email, Contesta(antes=lambda _: suelta.wait(0.9)))
    try:
        ids = [api.avisar(persona, "email") for persona in lentos]
        hasta(
            lambda: (
                len([p for p in lentos if api.correo.llamadas(p.email)]) == len(lentos)
            ),
            "que los cuatro correos se estuvieran mandando a la vez",
        )
        api.pasa_otro("push")
        aun = [id_ for id_ in ids if api.aviso(id_)["estado"] == "en_cola"]
        comprueba(aun, "Se esperaba que el push saliera antes que los correos lentos")
    finally:
        suelta.set()
    for id_ in ids:
        api.queda(id_, "enviado")


# --- el canal siguiente ----------------------------------------------------------


def test_si_un_canal_no_puede_va_el_siguiente(api: Api) -> None:
    """Si el primero no puede y el segundo se agota, sale por el tercero."""
    api.pasa_otro("sms")
    ana = Persona()
    api.push.preparar(ana.push, Contesta(410))
    api.sms.preparar(ana.sms, *[Contesta(503)] * INTENTOS)
    id_ = api.avisar(ana, "push", "sms", "email")
    for vuelta in range(1, INTENTOS + 1):
        api.cuando(id_, vuelta + 1)
        api.reloj.adelantar(8 * REINTENTO)
    aviso = api.queda(id_, "enviado")
    intentos = [(i["canal"], i["resultado"]) for i in aviso["intentos"]]
    esperado = [
        ("push", "permanente"),
        *[("sms", "temporal")] * INTENTOS,
        ("email", "aceptado"),
    ]
    comprueba(
        intentos == esperado and aviso["canal"] == "email",
        f"Se esperaba {esperado}, y llegó {aviso}",
    )
    otro = Persona()
    api.queda(api.avisar(otro, "sms", "email"), "enviado")
    api.pasa_otro("email")
    comprueba(
        len(api.sms.entregas(otro.sms)) == 1 and not api.correo.llamadas(otro.email),
        "Se esperaba que, si el primer canal acepta, no se usara el segundo",
    )


# --- una sola vez ----------------------------------------------------------------


def test_la_misma_clave_es_el_mismo_aviso(api: Api) -> None:
    """Veinte peticiones a la vez con la misma Idempotency-Key son un solo aviso."""
    ana = Persona()
    clave = unico("clave")
    respuestas = api.a_la_vez([partial(api.pedir_aviso, ana, "push", clave=clave)] * 20)
    ids = {id_de(una, al="repetir una petición") for una in respuestas}
    comprueba(len(ids) == 1, f"Se esperaba un solo aviso, y han salido {len(ids)}")
    api.queda(ids.pop(), "enviado")
    api.pasa_otro("push")
    entregas = len(api.push.entregas(ana.push))
    comprueba(entregas == 1, f"Se esperaba un push, y han llegado {entregas}")
    otra = api.pedir_aviso(ana, "push", "sms", clave=clave)
    problema(otra, 422, al="usar la misma clave para otra petición")
    sin_clave = {id_de(api.pedir_aviso(ana, "email"), al="pedir") for _ in range(2)}
    comprueba(len(sin_clave) == 2, "Se esperaban dos avisos sin clave, y salió uno")


def test_un_rechazo_no_gasta_la_clave(api: Api) -> None:
    """Una petición que era 422 se puede corregir con la misma Idempotency-Key."""
    ana = Persona()
    clave = unico("clave")
    mala = api.pedir_aviso(ana, "push", clave=clave, prioridad="ninguna")
    problema(mala, 422, al="pedir un aviso que no vale")
    id_de(api.pedir_aviso(ana, "push", clave=clave), al="corregir una petición")


@pytest.mark.aislada("reinicia")
def test_un_trabajador_muerto_no_pierde_ni_repite(api: Api) -> None:
    """Si muere a medias, otro lo acaba, y el proveedor sabe que es el mismo mensaje."""
    ana, leo = Persona(), Persona()
    llegado = threading.Event()

    def muere(_: object) -> None:
        llegado.set()
        trabajador.matar()

    trabajador = api.servicio.trabajador("trabajador")
    api.sms.preparar(ana.sms, Contesta(antes=muere))
    id_ = api.avisar(ana, "sms")
    hasta(llegado.is_set, "que el proveedor recibiera el mensaje")
    hasta(lambda: not trabajador.vivo(), "que el trabajador muriera")
    sin_nadie = api.avisar(leo, "sms")
    comprueba(
        api.aviso(sin_nadie)["estado"] == "en_cola",
        "Se esperaba que, sin trabajador, el aviso siguiera en_cola",
    )
    api.servicio.trabajador("trabajador")
    api.queda(sin_nadie, "enviado")
    api.reloj.adelantar(PRESTAMO + 1)
    api.queda(id_, "enviado", segundos=PRESTAMO + 4)
    llamadas = api.sms.llamadas(ana.sms)
    comprueba(
        len(llamadas) == 2 and len({una.clave for una in llamadas}) == 1,
        "Se esperaban dos llamadas con la misma Idempotency-Key, y llegaron "
        f"{[una.clave for una in llamadas]}",
    )
    comprueba(
        len(api.sms.entregas(ana.sms)) == 1,
        f"Se esperaba un SMS, y han llegado {len(api.sms.entregas(ana.sms))}",
    )


@pytest.mark.aislada("reinicia")
def test_dos_trabajadores_no_se_pisan(api: Api) -> None:
    """Sesenta avisos y dos trabajadores: cada uno llega una vez; ninguno se pierde."""
    otro = api.servicio.trabajador("otro trabajador")
    try:
        gente = [Persona() for _ in range(60)]
        respuestas = api.a_la_vez([partial(api.pedir_aviso, p, "push") for p in gente])
        ids = [id_de(una, al="pedir muchos avisos") for una in respuestas]
        for id_ in ids:
            api.queda(id_, "enviado", segundos=8)
    finally:
        otro.parar(3)
    llamadas = [len(api.push.llamadas(persona.push)) for persona in gente]
    comprueba(
        llamadas == [1] * len(gente),
        f"Se esperaba una llamada por aviso, y llegaron {llamadas}",
    )


# --- Redis se para, y vuelve -----------------------------------------------------


@pytest.mark.aislada("reinicia")
def test_redis_se_para_y_vuelve(api: Api) -> None:
    """Sin Redis es 503 enseguida; al volver sigue todo, y lo enviado no se repite."""
    ana, leo = Persona(), Persona()
    parado, suelta = threading.Event(), threading.Event()
    api.correo.preparar(ana.email, Contesta(antes=lambda _: suelta.wait(0.8)))
    api.push.preparar(leo.push, Contesta(503))
    pendiente = api.avisar(leo, "push")
    api.cuando(pendiente, 1)
    a_medias = api.avisar(ana, "email")
    hasta(lambda: api.correo.llamadas(ana.email), "que el correo se estuviera mandando")
    with api.servicio.recurso("Redis").parado():
        parado.set()
        suelta.set()
        hasta(lambda: api.correo.entregas(ana.email), "que el correo llegara")
        inicio = time.monotonic()
        problema(api.pedir_aviso(leo), 503, al="pedir un aviso sin Redis")
        comprueba(
            time.monotonic() - inicio < 3,
            "Se esperaba el 503 en menos de 3 s, y ha tardado más",
        )
        problema(api.get("/salud"), 503, al="preguntar por la salud sin Redis")
    espera(api.get("/salud"), 200, al="preguntar por la salud cuando Redis ha vuelto")
    api.queda(a_medias, "enviado")
    api.reloj.adelantar(3 * REINTENTO)
    api.queda(pendiente, "enviado")
    api.pasa_otro("email")
    entregas = len(api.correo.entregas(ana.email))
    comprueba(
        entregas == 1,
        f"Se esperaba un correo, aunque Redis no estuviera al acabar, y hay {entregas}",
    )


# --- lo que cuentan los proveedores ----------------------------------------------


def test_el_proveedor_cuenta_que_ha_llegado(api: Api) -> None:
    """Con su firma, «entregado» es el final: ni repetirlo ni desdecirse lo cambian."""
    for canal in ("sms", "push"):
        id_ = api.avisar(Persona(), canal, "email")
        api.queda(id_, "enviado")
        for estado in ("entregado", "entregado", "fallido"):
            respuesta = api.cuenta(canal, id_, estado)
            espera(respuesta, 204, al=f"contar que un {canal} está {estado}")
            comprueba(
                api.aviso(id_)["estado"] == "entregado",
                f"Se esperaba «entregado», y llegó {api.aviso(id_)}",
            )


def test_solo_se_cree_al_proveedor(api: Api) -> None:
    """Sin firma, con otra, o con la de otro canal es 401, y no cambia nada."""
    id_ = api.avisar(Persona(), "sms")
    api.queda(id_, "enviado")
    cuerpo = b'{"referencia": "%s", "estado": "entregado"}' % id_.encode()
    bien, de_otro = api.firmar("sms", cuerpo), api.firmar("push", cuerpo)
    de_otro_cuerpo = api.firmar("sms", cuerpo + b" ")
    for firma in ("", "sha256=", bien[:-1], bien + "0", "ñ", de_otro_cuerpo, de_otro):
        cabeceras = {"X-Signature": firma.encode(), "Content-Type": "application/json"}
        respuesta = api.pedir("POST", "/estados/sms", content=cuerpo, headers=cabeceras)
        problema(respuesta, 401, al=f"contar algo con la firma «{firma}»")
    comprueba(
        api.aviso(id_)["estado"] == "enviado",
        f"Se esperaba que siguiera «enviado», y llegó {api.aviso(id_)}",
    )
    problema(
        api.cuenta("sms", "no-existe", "entregado"), 404, al="contar de uno que no hay"
    )
    problema(api.cuenta("sms", id_, "perdido"), 422, al="contar un estado que no hay")


def test_si_no_ha_llegado_va_el_siguiente(api: Api) -> None:
    """Un «fallido» de después pasa al siguiente canal, una sola vez."""
    ana = Persona()
    id_ = api.avisar(ana, "sms", "push")
    api.queda(id_, "enviado")
    respuestas = api.a_la_vez([partial(api.cuenta, "sms", id_, "fallido")] * 4)
    for respuesta in respuestas:
        espera(respuesta, 204, al="contar que un SMS no llegó")
    hasta(lambda: api.push.entregas(ana.push), "que saliera por push")
    api.queda(id_, "enviado")
    espera(api.cuenta("sms", id_, "entregado"), 204, al="contar algo que ya no importa")
    aviso = api.aviso(id_)
    comprueba(
        aviso["canal"] == "push" and aviso["estado"] == "enviado",
        f"Se esperaba el aviso enviado por push, y llegó {aviso}",
    )
    espera(
        api.cuenta("push", id_, "fallido"), 204, al="contar que tampoco llegó el push"
    )
    comprueba(
        api.aviso(id_)["estado"] == "fallido",
        f"Se esperaba «fallido», sin más canales, y llegó {api.aviso(id_)}",
    )


def test_el_proveedor_puede_contarlo_antes_de_contestar(api: Api) -> None:
    """Si «entregado» llega antes que la respuesta del proveedor, no se pierde."""
    ana = Persona()
    contado: list[int] = []

    def contar(llamada: Any) -> None:
        referencia = llamada.datos["referencia"]
        contado.append(api.cuenta("push", referencia, "entregado").status_code)

    api.push.preparar(ana.push, Contesta(antes=contar))
    id_ = api.avisar(ana, "push")
    api.queda(id_, "entregado")
    hasta(lambda: not api.push.a_la_vez, "que el proveedor acabara de contestar")
    api.pasa_otro("push")
    comprueba(
        contado == [204] and api.aviso(id_)["estado"] == "entregado",
        f"Se esperaba que siguiera «entregado», y llegó {api.aviso(id_)}",
    )


def test_la_documentacion_describe_las_rutas(api: Api) -> None:
    """/openapi.json es válido, y están las rutas del contrato."""
    documento = json_de(espera(api.get("/openapi.json"), 200, al="leerla"))
    try:
        validate(documento)
    except Exception as error:  # noqa: BLE001 - los hay de muchas clases
        pytest.fail(f"Se esperaba un documento OpenAPI válido, y: {str(error)[:500]}")
    rutas = {
        "/avisos": "post",
        "/avisos/{id}": "get",
        "/estados/{canal}": "post",
        "/plantillas/{nombre}/versiones": "post",
        "/proveedores": "get",
    }
    for ruta, metodo in rutas.items():
        comprueba(
            metodo in documento.get("paths", {}).get(ruta, {}),
            f"Se esperaba {metodo.upper()} {ruta} en la documentación, y no está",
        )
