# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Dashboard en tiempo real: los eventos, y la página que los enseña."""

import re
from collections.abc import Iterator

import pytest
from motor.limites import plazo
from motor.navegador import Navegador
from motor.puente import Puente
from motor.servicio import Servicio
from playwright.sync_api import Error as ErrorDePlaywright
from playwright.sync_api import Page
from requisitos.api import Api, comprueba, espera, json_de, problema, unico
from requisitos.dianas import Dianas, por_turno, responde
from requisitos.seguidor import Evento, Seguidor

BIEN, MAL = responde(200), responde(500)


def seguir(api: Api, desde: str | None = None) -> Seguidor:
    """Alguien que ya está escuchando."""
    seguidor = Seguidor(api.servicio, desde)
    comprueba(
        seguidor.codigo == 200 and "text/event-stream" in seguidor.cabeza.lower(),
        f"Se esperaba 200 y text/event-stream en GET /eventos, y llegó "
        f"{seguidor.cabeza[:300]}",
    )
    return seguidor


def de(eventos: list[Evento], *ids: int) -> list[Evento]:
    """Los de esos objetivos: en el mismo programa puede haber otros."""
    return [
        evento
        for evento in eventos
        if evento.tipo == "comprobacion" and evento.datos.get("objetivo") in ids
    ]


def esperar(seguidor: Seguidor, cuantos: int, *ids: int) -> list[Evento]:
    """Espera a que lleguen tantos de esos objetivos."""
    total = cuantos
    while True:
        llegados = seguidor.espera(total)
        suyos = de(llegados, *ids)
        if len(suyos) >= cuantos or len(llegados) < total:
            return suyos
        total = len(llegados) + 1


# --- los eventos -----------------------------------------------------------------


def test_cada_comprobacion_llega(api: Api, dianas: Dianas) -> None:
    """GET /eventos manda un evento por comprobación, entera y con su id, a todos."""
    id = api.crear(dianas.nueva(por_turno(BIEN, MAL, BIEN)).url)["id"]
    api.comprobar(id)  # de antes: no llega
    seguidores = [seguir(api) for _ in range(15)]
    try:
        hechas = [api.comprobar(id) for _ in range(3)]
        for seguidor in seguidores:
            llegan = [evento.datos for evento in esperar(seguidor, 3, id)]
            comprueba(
                llegan == hechas,
                f"Se esperaba que llegaran {hechas}, en su orden, y llegó {llegan}",
            )
        ids = [evento.id for evento in de(seguidores[0].eventos, id)]
        comprueba(
            all(ids) and len(set(ids)) == 3,
            f"Se esperaba un id distinto en cada evento, y llegó {ids}",
        )
    finally:
        for seguidor in seguidores:
            seguidor.cerrar()


def test_quien_vuelve_recibe_lo_que_se_perdio(api: Api, dianas: Dianas) -> None:
    """Con Last-Event-ID llega lo de después, una vez y en orden, y luego lo nuevo."""
    id = api.crear(dianas.nueva(por_turno(BIEN, MAL)).url)["id"]
    otro = api.crear(dianas.nueva().url)["id"]
    primero = seguir(api)
    visto = api.comprobar(id)
    (evento,) = esperar(primero, 1, id) or [None]
    comprueba(evento is not None, f"Se esperaba que llegara {visto}")
    assert evento is not None
    primero.cerrar()
    perdidas = [api.comprobar(uno) for uno in (id, otro) * 60]
    segundo = seguir(api, evento.id)
    try:
        nueva = api.comprobar(id)
        llegan = [e.datos["id"] for e in esperar(segundo, 121, id, otro)]
        quiso = [una["id"] for una in [*perdidas, nueva]]
        comprueba(
            llegan == quiso,
            f"Se esperaban las 120 perdidas y la nueva, cada una una vez: faltan "
            f"{sorted(set(quiso) - set(llegan))}, sobran "
            f"{sorted(set(llegan) - set(quiso))}, y llegaron {len(llegan)}",
        )
    finally:
        segundo.cerrar()


def test_lo_que_hace_otro_proceso_tambien_llega(api: Api, dianas: Dianas) -> None:
    """Da igual qué proceso compruebe: los que escuchan en otro se enteran."""
    id = api.crear(dianas.nueva().url)["id"]
    otro = api.en(api.servicio.otro())
    seguidor = seguir(api)
    try:
        hecha = otro.comprobar(id)
        llegan = [evento.datos for evento in esperar(seguidor, 1, id)]
        comprueba(llegan == [hecha], f"Se esperaba {hecha}, y llegó {llegan}")
    finally:
        seguidor.cerrar()


@pytest.mark.parametrize("visto", ["x", "-1", "1.5", "9" * 30, "%00"])
def test_un_last_event_id_que_no_vale(api: Api, visto: str) -> None:
    """Lo que no es el id de ningún evento es 422, y no un flujo que se rompe."""
    respuesta = api.pedir("GET", "/eventos", headers={"Last-Event-ID": visto})
    problema(respuesta, 422, f"seguir desde {visto!r}")


def test_borrar_no_estropea_los_eventos(api: Api, dianas: Dianas) -> None:
    """Tras borrar el último objetivo, lo que se comprueba después llega igual."""
    ultimo = api.crear(dianas.nueva().url)["id"]
    otro = api.crear(dianas.nueva().url)["id"]
    seguidor = seguir(api)
    try:
        api.comprobar(ultimo)
        esperar(seguidor, 1, ultimo)
        espera(api.delete(f"/objetivos/{ultimo}"), 204, al="borrar un objetivo")
        hecha = api.comprobar(otro)
        llegan = [evento.datos for evento in esperar(seguidor, 1, otro)]
        comprueba(llegan == [hecha], f"Se esperaba {hecha}, y llegó {llegan}")
    finally:
        seguidor.cerrar()


# --- el panel --------------------------------------------------------------------


@pytest.fixture
def puente(servicio: Servicio) -> Iterator[Puente]:
    """La dirección de siempre, aunque el programa se reinicie en otro puerto."""
    puente = Puente(servicio.direccion)
    yield puente
    puente.cerrar()


def muestra(
    pagina: Page, id: int, campo: str, texto: str | re.Pattern[str], cuando: str
) -> None:
    """Falla si el panel no llega a enseñar eso."""
    donde = f'[data-objetivo="{id}"] [data-campo="{campo}"]'
    lugar = pagina.locator(donde)
    try:
        lugar.filter(has_text=texto).first.wait_for(timeout=plazo(4) * 1000)
    except ErrorDePlaywright:
        hay = lugar.first.inner_text(timeout=500) if lugar.count() else "nada"
        quiso = texto if isinstance(texto, str) else texto.pattern
        pytest.fail(f"Se esperaba ver «{quiso}» en {donde} {cuando}, y hay «{hay}»")


def conexion(pagina: Page, estado: str, cuando: str) -> None:
    """Falla si el panel no llega a decir que su conexión está así."""
    try:
        pagina.locator(f'[data-conexion="{estado}"]').wait_for(timeout=plazo(5) * 1000)
    except ErrorDePlaywright:
        pytest.fail(f'Se esperaba ver [data-conexion="{estado}"] {cuando}')


def abrir_panel(pagina: Page, direccion: str) -> None:
    """Abre la portada, y apunta si alguien la recarga."""
    respuesta = pagina.goto(direccion + "/")
    comprueba(respuesta and respuesta.ok, f"Se esperaba un panel en {direccion}/")
    pagina.evaluate("window.sinRecargar = true")


def sin_recargar(pagina: Page) -> None:
    """Falla si la página se ha recargado desde que se abrió."""
    comprueba(
        pagina.evaluate("window.sinRecargar === true"),
        "Se esperaba que el panel se pusiera al día sin recargar la página",
    )


def test_el_panel_se_pone_al_dia_solo(
    api: Api, dianas: Dianas, navegador: Navegador
) -> None:
    """Enseña cómo está todo al abrirlo, y cada cambio según ocurre."""
    diana = dianas.nueva(por_turno(BIEN, MAL, responde(200, tras=0.123)))
    nombre = unico("Pagos ñandú")
    id = api.crear(diana.url, nombre=nombre)["id"]
    nuevo = api.crear(dianas.nueva().url)["id"]
    api.comprobar(id)
    with navegador.ventana(api.servicio.direccion) as pagina:
        abrir_panel(pagina, api.servicio.direccion)
        conexion(pagina, "viva", "al abrir el panel")
        muestra(pagina, id, "nombre", nombre, "al abrir el panel")
        muestra(pagina, id, "estado", "bien", "al abrir el panel")
        muestra(pagina, nuevo, "estado", "sin datos", "de lo que no se ha comprobado")
        api.comprobar(id)
        muestra(pagina, id, "estado", "mal", "al comprobarlo y salir mal")
        una = api.comprobar(id)
        muestra(pagina, id, "estado", "bien", "al comprobarlo y salir bien")
        entera = int(una["latencia_ms"])
        latencia = re.compile(f"\\b({entera}|{entera + 1})\\b")
        muestra(pagina, id, "latencia", latencia, "al comprobarlo")
        api.comprobar(nuevo)
        muestra(pagina, nuevo, "estado", "bien", "al comprobarlo por primera vez")
        despues = api.crear(dianas.nueva().url, nombre=unico("Recién creado"))
        api.comprobar(despues["id"])
        muestra(pagina, despues["id"], "nombre", despues["nombre"], "tras comprobarlo")
        sin_recargar(pagina)


def test_un_nombre_no_es_codigo(api: Api, dianas: Dianas, navegador: Navegador) -> None:
    """Un nombre con etiquetas se enseña tal cual, y no se ejecuta."""
    ataque = "<img src=x onerror='window.atacado=true'>"
    nombre = f"{unico('x')} {ataque}"
    id = api.crear(dianas.nueva().url, nombre=nombre)["id"]
    with navegador.ventana(api.servicio.direccion) as pagina:
        abrir_panel(pagina, api.servicio.direccion)
        muestra(pagina, id, "nombre", nombre, "al abrir el panel")
        api.comprobar(id)
        muestra(pagina, id, "estado", "bien", "al comprobarlo")
        comprueba(
            not pagina.evaluate("window.atacado === true"),
            "Se esperaba que el nombre fuera texto, y el navegador lo ha ejecutado",
        )


@pytest.mark.aislada("reinicia")
def test_el_panel_se_recupera_solo(
    api: Api, dianas: Dianas, navegador: Navegador, puente: Puente
) -> None:
    """Si el servidor se para lo dice; y cuando vuelve, enseña lo que pasó mientras."""
    servicio: Servicio = api.servicio
    id = api.crear(dianas.nueva(por_turno(BIEN, MAL, BIEN)).url)["id"]
    nombre = unico("Otro nombre")
    api.comprobar(id)
    with navegador.ventana(puente.url) as pagina:
        abrir_panel(pagina, puente.url)
        muestra(pagina, id, "estado", "bien", "al abrir el panel")
        conexion(pagina, "viva", "al abrir el panel")
        with puente.cortado():
            servicio.parar()
            conexion(pagina, "cortada", "cuando el servidor se para")
            servicio.arrancar()
            api.comprobar(id)
            cambio = api.patch(f"/objetivos/{id}", {"nombre": nombre})
            json_de(espera(cambio, 200, al="cambiar el nombre"))
            puente.lleva_a(servicio.direccion)
        conexion(pagina, "viva", "cuando el servidor vuelve")
        muestra(pagina, id, "estado", "mal", "de lo que pasó mientras no estaba")
        muestra(pagina, id, "nombre", nombre, "de lo que cambió mientras no estaba")
        api.comprobar(id)
        muestra(pagina, id, "estado", "bien", "después de recuperarse")
        sin_recargar(pagina)
