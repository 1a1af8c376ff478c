# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Rate limiting: los tiempos los mide el servidor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from itertools import pairwise

import pytest
from motor.programa import Resultado
from requisitos.sitio_web import (
    Peticion,
    Respuesta,
    SitioWeb,
    enlace,
    libro,
    pagina,
    redireccion,
)
from requisitos.socios import CLAVE, USUARIO, SitioConSocios
from requisitos.taller import Escenarios, Taller, acaba, codigos

# Casi todo es esperar: se hacen muchos a la vez, y mientras las demás pruebas corren.
escenario = Escenarios(__name__, a_la_vez=6, cuanto_antes=True)


@dataclass
class Rastreo:
    """Un rastreo ya hecho."""

    resultado: Resultado
    sitio: SitioWeb
    limite: float = 0.0

    def esperas(self, ruta: str) -> list[float]:
        """Segundos entre cada petición a una ruta y la siguiente a la misma ruta."""
        return [b - a for a, b in pairwise(self.sitio.momentos(ruta))]


def robots(texto: str | bytes) -> Respuesta:
    """Un robots.txt."""
    cuerpo = texto.encode() if isinstance(texto, str) else texto
    return Respuesta(cuerpo, tipo="text/plain")


def ocupada(
    veces: int, estado: int, espera: str | None = None, despues: str = ""
) -> Callable[[Peticion], str | Respuesta]:
    """Una página que las primeras veces contesta `estado`, con o sin Retry-After."""
    llegadas: list[Peticion] = []

    def contesta(peticion: Peticion) -> str | Respuesta:
        llegadas.append(peticion)
        if len(llegadas) > veces:
            return despues
        cabeceras = {} if espera is None else {"Retry-After": espera}
        return Respuesta(libro("OCUPADA").encode(), estado, cabeceras=cabeceras)

    return contesta


# ── El intervalo ────────────────────────────────────────────────────────────

INTERVALO = 0.2


@escenario
def con_calma(taller: Taller) -> Rastreo:
    """Cinco peticiones, con una redirección; robots.txt no pide ninguna pausa.

    El servidor apunta cuándo llega cada conexión. Si tu equipo va muy cargado y no es
    Linux, puede apuntar una tarde y parecer que la siguiente llegó pronto: por eso, si
    algo no cuadra, se mide otra vez.
    """
    for _ in range(3):
        sitio = taller.sitio(
            {
                "/robots.txt": robots("User-agent: *\nCrawl-delay: 0\n"),
                "/": pagina(libro("C-1"), enlace("/vieja"), enlace("/c")),
                "/vieja": redireccion("/nueva"),
                "/nueva": pagina(libro("C-2")),
                "/c": pagina(libro("C-3")),
            }
        )
        resultado = taller.rastrear(sitio.url("/"), intervalo=str(INTERVALO))
        rastreo = Rastreo(resultado, sitio)
        if resultado.codigo or not prisas(rastreo):
            break
    return rastreo


def prisas(rastreo: Rastreo) -> list[str]:
    """Las peticiones que salieron antes de tiempo."""
    llegadas = [(p.ruta, p.momento) for p in rastreo.sitio.peticiones]
    pronto = [
        f"{despues}, {otro - uno:.3f} s después de {antes}"
        for (antes, uno), (despues, otro) in pairwise(llegadas)
        if otro - uno < INTERVALO / 2
    ]
    total, justo = llegadas[-1][1] - llegadas[0][1], INTERVALO * (len(llegadas) - 1)
    if total < justo * 0.8:
        pronto.append(f"todas, en {total:.3f} s en lugar de {justo:.1f}")
    return pronto


def test_entre_peticiones_pasa_el_intervalo(taller: Taller) -> None:
    """--intervalo es lo mínimo entre dos peticiones, robots.txt incluido."""
    rastreo = con_calma(taller)
    acaba(rastreo.resultado, 0)
    rutas = [peticion.ruta for peticion in rastreo.sitio.peticiones]
    assert len(rutas) == 5, f"Se esperaban 5 peticiones, y hubo {rutas}"
    pronto = prisas(rastreo)
    assert not pronto, f"Se esperaban {INTERVALO} s entre peticiones, y salió {pronto}"


def test_las_redirecciones_tambien_esperan(taller: Taller) -> None:
    """Cada salto de una redirección es otra petición, y espera su turno."""
    rastreo = con_calma(taller)
    acaba(rastreo.resultado, 0)
    pedidas = rastreo.sitio.pedidas()
    assert {"/vieja", "/nueva"} <= set(pedidas), (
        f"Se esperaba pedir /vieja y /nueva, y se pidió {pedidas}"
    )
    pronto = [salto for salto in prisas(rastreo) if salto.startswith("/nueva")]
    assert not pronto, f"Se esperaban {INTERVALO} s tras /vieja, y salió {pronto}"


@escenario
def de_socios(taller: Taller) -> Rastreo:
    """Páginas de socios, con usuario y contraseña."""
    for _ in range(3):
        sitio = taller.abrir(SitioConSocios(socios=1))
        sitio.ocupado = 1
        opciones = ("--usuario", USUARIO)
        resultado = taller.rastrear(
            sitio.url("/"), *opciones, intervalo=str(INTERVALO), clave=CLAVE
        )
        rastreo = Rastreo(resultado, sitio)
        if not sitio.peticiones or not prisas(rastreo):
            break
    return rastreo


def test_el_formulario_tambien_espera(taller: Taller) -> None:
    """Al entrar en un sitio (R2), el formulario y lo que sigue esperan su turno."""
    rastreo = de_socios(taller)
    # Sin R2 no se llega a entrar: aquí solo cuentan los tiempos de lo que se pida.
    assert len(rastreo.sitio.peticiones) >= 3, (
        f"Se esperaba pedir robots.txt, la portada y más:\n{rastreo.resultado}"
    )
    pronto = prisas(rastreo)
    assert not pronto, f"Se esperaban {INTERVALO} s entre peticiones, y salió {pronto}"


def test_el_formulario_tambien_se_repite(taller: Taller) -> None:
    """Un 503 al enviar el formulario (R2) es como los demás: se espera y se repite."""
    rastreo = de_socios(taller)
    assert len(rastreo.sitio.peticiones) >= 3, (
        f"Se esperaba pedir robots.txt, la portada y más:\n{rastreo.resultado}"
    )
    enviados = len(rastreo.sitio.pedidas("POST"))
    # Sin R2 no se envía nada: aquí solo cuenta que, si se envía, no se deja a medias.
    assert enviados in (0, 2), (
        f"El formulario contestó 503 y se esperaba enviarlo otra vez:\n"
        f"{rastreo.resultado}"
    )


# ── robots.txt ──────────────────────────────────────────────────────────────


@escenario
def con_reglas(taller: Taller) -> Rastreo:
    """Un robots.txt con un grupo para otro, uno para nosotros y uno para todos."""
    reglas = """\
# Bienvenidos
User-agent: otrobot
Disallow: /

User-agent: scraper
Disallow: /privado/
Disallow: /a-escondidas   # esto tampoco
Disallow: /buscar?orden=

User-agent: *
Disallow: /los-demas/
Crawl-delay: 86400
"""
    rutas = ["/privado/uno", "/a-escondidas", "/los-demas/si", "/atajo", "/libre"]
    rutas.append("/buscar?orden=precio")
    sitio = taller.sitio(
        {ruta: pagina(libro(ruta)) for ruta in [*rutas, "/privado/dos"]}
    )
    sitio.paginas |= {
        "/robots.txt": robots(reglas),
        "/": pagina(*map(enlace, rutas)),
        "/atajo": redireccion("/privado/dos"),
    }
    return Rastreo(taller.rastrear(sitio.url("/")), sitio)


def test_robots_se_lee_antes_que_nada(taller: Taller) -> None:
    """La primera petición es /robots.txt, y solo se pide una vez."""
    rastreo = con_reglas(taller)
    rutas = [peticion.ruta for peticion in rastreo.sitio.peticiones]
    assert rutas[:1] == ["/robots.txt"] and rutas.count("/robots.txt") == 1, (
        f"Se esperaba /robots.txt lo primero y una vez, y se pidió: {rutas}"
    )


def test_robots_prohibe(taller: Taller) -> None:
    """No se pide lo prohibido, ni por un enlace ni por una redirección."""
    rastreo = con_reglas(taller)
    pedidas = rastreo.sitio.pedidas()
    assert "/libre" in pedidas, f"Se esperaba pedir /libre:\n{rastreo.resultado}"
    prohibidas = {"/privado/uno", "/a-escondidas", "/privado/dos"}
    prohibidas = (prohibidas | {"/buscar?orden=precio"}) & set(pedidas)
    assert not prohibidas, f"robots.txt prohíbe {prohibidas}, y se pidió"


def test_robots_distingue_a_quien_habla(taller: Taller) -> None:
    """Si hay un grupo para «scraper», los demás grupos no van con nosotros.

    Tampoco su Crawl-delay.
    """
    rastreo = con_reglas(taller)
    pedidas = rastreo.sitio.pedidas()
    assert {"/", "/los-demas/si"} <= set(pedidas), (
        f"Se esperaba pedir /los-demas/si, que a nosotros no se nos prohíbe: {pedidas}"
    )
    assert "/privado/uno" not in pedidas, "Se esperaba obedecer al grupo «scraper»"


def test_se_presenta(taller: Taller) -> None:
    """En todas las peticiones, el User-Agent empieza por «scraper»."""
    rastreo = con_reglas(taller)
    agentes = {p.cabeceras.get("User-Agent", "") for p in rastreo.sitio.peticiones}
    # También en el formulario, si ya se entra (R2).
    agentes |= {
        p.cabeceras.get("User-Agent", "") for p in de_socios(taller).sitio.peticiones
    }
    assert agentes and all(a.startswith("scraper") for a in agentes), (
        f"Se esperaba un User-Agent que empezara por «scraper», y llegó {agentes}"
    )


@escenario
def con_pausa(taller: Taller) -> Rastreo:
    """robots.txt pide un segundo, que es más que el intervalo.

    Como en `con_calma`, si no cuadra se mide otra vez.
    """
    for _ in range(3):
        sitio = taller.sitio(
            {
                "/robots.txt": robots("User-agent: *\nCrawl-delay: 1\n"),
                "/": pagina(libro("P-1"), enlace("/a")),
                "/a": pagina(libro("P-2")),
            }
        )
        # Justo lo que se admite: pide un segundo, y un segundo se espera.
        paciencia = ("--espera-maxima", "1")
        resultado = taller.rastrear(sitio.url("/"), *paciencia, intervalo="0.05")
        rastreo = Rastreo(resultado, sitio)
        momentos = sitio.momentos("/") + sitio.momentos("/a")
        if len(momentos) != 2 or momentos[1] - momentos[0] >= 0.8:
            break
    return rastreo


@escenario
def con_mas_calma(taller: Taller) -> Rastreo:
    """robots.txt pide un segundo, y el intervalo es de más."""
    sitio = taller.sitio(
        {
            "/robots.txt": robots("User-agent: *\nCrawl-delay: 1\n"),
            "/": pagina(enlace("/a")),
            "/a": pagina(libro("P-3")),
        }
    )
    return Rastreo(taller.rastrear(sitio.url("/"), intervalo="1.3"), sitio)


def test_un_crawl_delay_menor_que_el_intervalo(taller: Taller) -> None:
    """Si robots.txt pide menos que --intervalo, manda el intervalo."""
    rastreo = con_mas_calma(taller)
    acaba(rastreo.resultado, 0)
    momentos = [p.momento for p in rastreo.sitio.peticiones if p.ruta != "/robots.txt"]
    assert len(momentos) == 2, f"Se esperaban dos páginas: {rastreo.sitio.pedidas()}"
    assert momentos[1] - momentos[0] >= 1.15, (
        f"Se esperaban 1.3 s entre páginas, y pasaron {momentos[1] - momentos[0]:.3f}"
    )


def test_crawl_delay(taller: Taller) -> None:
    """Entre el intervalo y el Crawl-delay, manda el mayor."""
    rastreo = con_pausa(taller)
    acaba(rastreo.resultado, 0)
    momentos = [p.momento for p in rastreo.sitio.peticiones if p.ruta != "/robots.txt"]
    assert len(momentos) == 2, f"Se esperaban dos páginas: {rastreo.sitio.pedidas()}"
    assert momentos[1] - momentos[0] >= 0.8, (
        f"Se esperaba 1 s entre páginas, y pasaron {momentos[1] - momentos[0]:.3f}"
    )


@escenario
def con_basura(taller: Taller) -> Rastreo:
    """En robots.txt hay de todo."""
    texto = b"\xff\xfe\x00basura\n<html>\nUser-agent: *\nDisallow: /prohibido\n"
    sitio = taller.sitio(
        {
            "/robots.txt": robots(texto + b"Crawl-delay: mucho\nDisallow\n:::\n\x80"),
            "/": pagina(libro("B-1"), enlace("/prohibido"), enlace("/b")),
            "/b": pagina(libro("B-2")),
            "/prohibido": pagina(libro("B-3")),
        }
    )
    return Rastreo(taller.rastrear(sitio.url("/")), sitio)


def test_robots_con_basura(taller: Taller) -> None:
    """Lo que no se entiende de robots.txt no cuenta; lo demás, sí."""
    rastreo = con_basura(taller)
    acaba(rastreo.resultado, 0)
    assert sorted(rastreo.sitio.pedidas()) == ["/", "/b"], (
        f"Se esperaba pedir / y /b, y se pidió {rastreo.sitio.pedidas()}"
    )


PORTAZOS = {
    "prohíbe empezar": robots("User-agent: *\nDisallow: /\n"),
    "no se puede leer": Respuesta(b"", 500),
    "siempre está ocupado": Respuesta(b"", 503),
    "pide un día": robots("User-agent: *\nCrawl-delay: 86400\n"),
}


@escenario
def portazos(taller: Taller) -> dict[str, Rastreo]:
    """Cuatro robots.txt que no dejan ni empezar."""
    rastreos = {}
    for motivo, respuesta in PORTAZOS.items():
        sitio = taller.sitio({"/robots.txt": respuesta, "/": pagina(libro("X"))})
        rastreos[motivo] = Rastreo(taller.rastrear(sitio.url("/")), sitio)
    return rastreos


@pytest.mark.parametrize("motivo", PORTAZOS)
def test_robots_no_deja_empezar(taller: Taller, motivo: str) -> None:
    """Si robots.txt prohíbe, falla o pide demasiado, se explica: es el código 3."""
    rastreo = portazos(taller)[motivo]
    acaba(rastreo.resultado, 3)
    assert not rastreo.sitio.pedidas(), (
        f"No se esperaba ninguna página, y se pidió {rastreo.sitio.pedidas()}"
    )


# ── «Ahora no» ──────────────────────────────────────────────────────────────


@escenario
def en_segundos(taller: Taller) -> Rastreo:
    """Un 429 con Retry-After en segundos."""
    despues = pagina(libro("T-1"))
    sitio = taller.sitio({"/": ocupada(1, 429, "1", despues=despues)})
    return Rastreo(taller.rastrear(sitio.url("/"), "--espera-maxima", "1"), sitio)


def test_retry_after_en_segundos(taller: Taller) -> None:
    """Con 429 se espera lo que dice Retry-After y se pide otra vez."""
    rastreo = en_segundos(taller)
    acaba(rastreo.resultado, 0)
    assert codigos(rastreo.resultado) == {"T-1"}, (
        f"Se esperaba el libro del segundo intento:\n{rastreo.resultado}"
    )
    esperas = rastreo.esperas("/")
    assert len(esperas) == 1 and esperas[0] >= 0.98, (
        f"Se esperaba un reintento al cabo de 1 s, y hubo: {esperas}"
    )


@escenario
def en_fecha(taller: Taller) -> Rastreo:
    """Un 503 con Retry-After como fecha, que siempre está en GMT."""
    cuando = int(time.time()) + 2
    limite = time.monotonic() + cuando - time.time()
    fecha = formatdate(cuando, usegmt=True)
    despues = pagina(libro("T-2"))
    sitio = taller.sitio({"/": ocupada(1, 503, fecha, despues=despues)})
    # Un equipo en otro huso horario, donde una fecha sin huso saldría mal.
    resultado = taller.rastrear(sitio.url("/"), entorno={"TZ": "XYZ+5"})
    return Rastreo(resultado, sitio, limite)


def test_retry_after_como_fecha(taller: Taller) -> None:
    """Con 503 se espera hasta la fecha de Retry-After, sea cual sea tu huso horario."""
    rastreo = en_fecha(taller)
    acaba(rastreo.resultado, 0)
    momentos = rastreo.sitio.momentos("/")
    assert len(momentos) == 2, f"Se esperaba un reintento, y hubo {len(momentos) - 1}"
    assert momentos[1] >= rastreo.limite - 0.05, (
        "Se esperaba no volver antes de la fecha, y faltaban "
        f"{rastreo.limite - momentos[1]:.2f} s"
    )


NO_PASAN = {"/perdida": 404, "/rota": 500, "/pasarela": 502, "/lenta": 504}


@escenario
def caida(taller: Taller) -> Rastreo:
    """Una página que siempre contesta 503, sin decir cuánto hay que esperar."""
    sitio = taller.sitio(
        {
            "/": pagina(libro("D-1"), *map(enlace, ["/caida", *NO_PASAN, "/bien"])),
            "/caida": ocupada(99, 503),
            **{ruta: ocupada(99, estado) for ruta, estado in NO_PASAN.items()},
            "/bien": pagina(libro("D-2")),
        }
    )
    opciones = ("--reintentos", "3")
    resultado = taller.rastrear(sitio.url("/"), *opciones, intervalo="0.05")
    return Rastreo(resultado, sitio)


def test_sin_retry_after_espera_cada_vez_mas(taller: Taller) -> None:
    """Sin Retry-After se espera el doble del intervalo, luego el cuádruple…"""
    esperas = caida(taller).esperas("/caida")
    assert len(esperas) == 3, f"Se esperaban tres reintentos, y hubo {len(esperas)}"
    minimos = [0.08, 0.17, 0.35]
    assert all(a >= b for a, b in zip(esperas, minimos, strict=True)), (
        "Se esperaban 0.1 s, después 0.2 y después 0.4, y fueron "
        f"{', '.join(f'{espera:.3f}' for espera in esperas)}"
    )


def test_los_reintentos_se_acaban(taller: Taller) -> None:
    """Tras --reintentos, la página es fallida y el rastreo sigue con las demás."""
    rastreo = caida(taller)
    acaba(rastreo.resultado, 1)
    veces = rastreo.sitio.pedidas().count("/caida")
    assert veces == 4, f"Se esperaban 1 + 3 intentos, y hubo {veces}"
    assert codigos(rastreo.resultado) == {"D-1", "D-2"}, (
        f"Se esperaban los libros de las demás páginas:\n{rastreo.resultado}"
    )


def test_solo_se_reintenta_lo_pasajero(taller: Taller) -> None:
    """Ni un 404 ni otros errores del servidor se reintentan: solo el 429 y el 503."""
    rastreo = caida(taller)
    acaba(rastreo.resultado, 1)
    veces = {ruta: rastreo.sitio.pedidas().count(ruta) for ruta in NO_PASAN}
    assert veces == dict.fromkeys(NO_PASAN, 1), (
        f"Se esperaba pedir una vez lo que da {NO_PASAN}, y fue {veces}"
    )


@escenario
def otro_dia(taller: Taller) -> Rastreo:
    """Un 429 que pide un segundo más de lo que se está dispuesto a esperar."""
    mala = ocupada(99, 429, "6")
    rutas = [f"/{numero}" for numero in range(5)]
    sitio = taller.sitio(dict.fromkeys(rutas, pagina(libro("N"))))
    sitio.paginas |= {"/": pagina(libro("M-1"), *map(enlace, rutas)), "/2": mala}
    return Rastreo(taller.rastrear(sitio.url("/"), "--espera-maxima", "5"), sitio)


def test_demasiada_paciencia(taller: Taller) -> None:
    """Si piden más que --espera-maxima se acaba ahí, sin pedir nada más: código 1."""
    rastreo = otro_dia(taller)
    acaba(rastreo.resultado, 1)
    assert "M-1" in codigos(rastreo.resultado), (
        f"Se esperaba lo que ya se había leído:\n{rastreo.resultado}"
    )
    pedidas = rastreo.sitio.pedidas()
    assert pedidas[-1] == "/2" and pedidas.count("/2") == 1, (
        f"Tras el 429 de /2 no se esperaba ninguna petición más: {pedidas}"
    )


@escenario
def con_prisa(taller: Taller) -> dict[str, Rastreo]:
    """Un robots.txt que no está a la primera, y un Retry-After de cero segundos."""
    rastreos = {}
    for nombre, ocupadas in {
        "robots": {"/robots.txt": ocupada(1, 503), "/": pagina(libro("V-1"))},
        "cero": {"/": ocupada(1, 429, "0", despues=pagina(libro("V-1")))},
        "ni uno": {"/": pagina(enlace("/a")), "/a": ocupada(1, 503, "0")},
    }.items():
        sitio = taller.sitio(ocupadas)
        opciones = ("--reintentos", "0") if nombre == "ni uno" else ()
        resultado = taller.rastrear(sitio.url("/"), *opciones, intervalo="0.3")
        rastreos[nombre] = Rastreo(resultado, sitio)
    return rastreos


def test_robots_tambien_se_reintenta(taller: Taller) -> None:
    """Un 503 al pedir robots.txt es como los demás: se espera y se repite."""
    rastreo = con_prisa(taller)["robots"]
    acaba(rastreo.resultado, 0)
    assert codigos(rastreo.resultado) == {"V-1"}, (
        f"Se esperaba repetir /robots.txt y seguir:\n{rastreo.resultado}"
    )


def test_el_intervalo_es_lo_minimo(taller: Taller) -> None:
    """Aunque Retry-After diga 0, entre dos peticiones pasa el intervalo."""
    rastreo = con_prisa(taller)["cero"]
    acaba(rastreo.resultado, 0)
    esperas = rastreo.esperas("/")
    assert len(esperas) == 1 and esperas[0] >= 0.2, (
        f"Se esperaba un reintento al cabo de 0.3 s, y hubo: {esperas}"
    )


def test_sin_reintentos(taller: Taller) -> None:
    """Con --reintentos 0, un 503 es una página fallida a la primera."""
    rastreo = con_prisa(taller)["ni uno"]
    acaba(rastreo.resultado, 1)
    veces = rastreo.sitio.pedidas().count("/a")
    assert veces == 1, f"Se esperaba pedir /a una vez, y fueron {veces}"


DISPARATES = ["pronto", "-1", "1e999", "nan", "", "Thu, 99 Foo 9999 99:99:99 GMT"]
DISPARATES.append("Mon, 01 Jan 2024 00:00:00 GMT")  # ya pasó: no hay que esperar más


@escenario
def disparates(taller: Taller) -> Rastreo:
    """Cabeceras Retry-After que no dicen nada."""
    paginas = {
        f"/{numero}": ocupada(1, 503, valor, despues=pagina(libro(f"R-{numero}")))
        for numero, valor in enumerate(DISPARATES)
    }
    sitio = taller.sitio({"/": pagina(*map(enlace, paginas)), **paginas})
    return Rastreo(taller.rastrear(sitio.url("/"), intervalo="0.01"), sitio)


def test_retry_after_disparatado(taller: Taller) -> None:
    """Un Retry-After que no se entiende es como si no estuviera."""
    rastreo = disparates(taller)
    acaba(rastreo.resultado, 0)
    esperados = {f"R-{numero}" for numero in range(len(DISPARATES))}
    faltan = esperados - codigos(rastreo.resultado)
    assert not faltan, f"Se esperaban también {faltan}:\n{rastreo.resultado}"
