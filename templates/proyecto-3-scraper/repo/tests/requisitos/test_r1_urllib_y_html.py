# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Uso de urllib y parsing HTML."""

from __future__ import annotations

import socket
import subprocess
import threading
from dataclasses import dataclass

import pytest
from motor.programa import Resultado, plazo
from requisitos.sitio_web import (
    Peticion,
    Respuesta,
    SitioWeb,
    enlace,
    libro,
    pagina,
    redireccion,
)
from requisitos.taller import Escenarios, Taller, acaba, articulos, codigos

escenario = Escenarios(__name__)


@dataclass
class Rastreo:
    """Un rastreo ya hecho, y los sitios que lo vivieron."""

    resultado: Resultado
    sitio: SitioWeb
    otro: SitioWeb | None = None


def nombres(rastreo: Rastreo) -> dict[str, object]:
    """El nombre de cada artículo encontrado."""
    return {a["codigo"]: a["nombre"] for a in articulos(rastreo.resultado)}


# ── Un catálogo con todo tipo de enlaces ────────────────────────────────────


@escenario
def catalogo(taller: Taller) -> Rastreo:
    """Siete páginas buenas, y enlaces que no hay que seguir."""
    ajeno = taller.sitio({"/trampa": libro("AJENO")})
    hostiles = [
        "javascript:alert(1)",
        "mailto:hola@example.org",
        "file:///etc/passwd",
        "data:text/html,<p>hola",
        "http://[mal/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:no/",
        "",
        ajeno.url("/trampa"),
        ajeno.url("/trampa").removeprefix("http:"),
    ]
    comentado = f"<!-- {libro('COMENTADO')} {enlace('/comentada')} -->"
    guion = f"<script>var x = '{libro('GUION')}{enlace('/guion')}';</script>"
    sitio = taller.sitio()
    ajeno.paginas["/por-localhost"] = sitio.paginas["/por-localhost"] = libro("AJENO")
    hostiles += [
        # El mismo equipo, pero otro nombre: es otro servidor.
        f"http://localhost:{sitio.puerto}/por-localhost",
        f"http://127.0.0.1@localhost:{sitio.puerto}/por-localhost",
        # Empieza como los nuestros, pero lo de delante de la arroba es un usuario.
        sitio.url("@") + ajeno.url("/trampa").removeprefix("http://"),
    ]
    sitio.paginas.update(
        {
            "/libros/": pagina(
                libro("L-1", "El primero", "1.012,50 €"),
                "<a name='arriba'>sin destino</a>",
                enlace("#arriba"),
                enlace("/libros/#pie"),
                *map(enlace, hostiles),
                comentado,
                guion,
                "<img src='/foto.png'>",
                "<A HREF=?pagina=2&amp;orden=precio CLASS=siguiente>Siguiente</A>",
                cabeza="<link rel='stylesheet' href='/estilo.css'>",
            ),
            "/libros/?pagina=2&orden=precio": pagina(
                libro("L-2"),
                enlace("poesia/"),
                enlace("/folleto.pdf"),
                enlace("/base-ajena"),
                cabeza="<base href='/secciones/'>",
            ),
            "/secciones/poesia/": pagina(
                libro("L-3"), enlace("../../libros/"), enlace("../ensayo/./#uno")
            ),
            "/secciones/ensayo/": pagina(
                libro("L-4"), enlace("../poesia/"), enlace("año nuevo/índice.html")
            ),
            "/secciones/ensayo/a%C3%B1o%20nuevo/%C3%ADndice.html": pagina(
                libro("L-5"), enlace("/ya%2Fcodificado?p=a%C3%B1o%26b")
            ),
            "/ya%2Fcodificado?p=a%C3%B1o%26b": pagina(
                libro("L-6"), enlace("?q=año y mes&r=1+1")
            ),
            "/ya%2Fcodificado?q=a%C3%B1o%20y%20mes&r=1+1": pagina(libro("L-7")),
            # Lo relativo cuelga de la base también cuando está en otro servidor.
            "/base-ajena": pagina(
                enlace("de-otro"), cabeza=f"<base href='{ajeno.url('/')}'>"
            ),
            "/de-otro": pagina(libro("AJENO")),
            "/folleto.pdf": Respuesta(libro("PDF").encode(), tipo="application/pdf"),
        }
    )
    return Rastreo(taller.rastrear(sitio.url("/libros/")), sitio, ajeno)


def test_sigue_la_paginacion(taller: Taller) -> None:
    """Un enlace relativo lleva a la página siguiente, y el rastreo acaba bien."""
    rastreo = catalogo(taller)
    acaba(rastreo.resultado, 0)
    assert {"L-1", "L-2"} <= codigos(rastreo.resultado), (
        f"Se esperaban los libros de las dos primeras páginas:\n{rastreo.resultado}"
    )


def test_respeta_la_base_de_la_pagina(taller: Taller) -> None:
    """Los enlaces relativos cuelgan de <base href>, si la página la dice."""
    rastreo = catalogo(taller)
    assert "L-3" in codigos(rastreo.resultado), (
        "Se esperaba que «poesia/» llevara a /secciones/poesia/, y se pidió: "
        f"{rastreo.sitio.pedidas()}"
    )


def test_enlaces_con_espacios_y_acentos(taller: Taller) -> None:
    """Un enlace con espacios, acentos o «..» se pide bien escrito, y una sola vez."""
    rastreo = catalogo(taller)
    assert {"L-4", "L-5", "L-6", "L-7"} <= codigos(rastreo.resultado), (
        "Se esperaba que «año nuevo/índice.html» y «?q=año y mes» se pidieran "
        "codificados, y lo que ya lo estaba, tal cual; y se pidió: "
        f"{rastreo.sitio.pedidas()}\n{rastreo.resultado}"
    )


def test_cada_pagina_una_sola_vez(taller: Taller) -> None:
    """Aunque muchas páginas enlacen a otra, o con #fragmentos, se pide una vez."""
    rastreo = catalogo(taller)
    acaba(rastreo.resultado, 0)
    pedidas = rastreo.sitio.pedidas()
    repetidas = {ruta for ruta in pedidas if pedidas.count(ruta) > 1}
    assert not repetidas, f"Se esperaba pedir cada página una vez; repetidas: {pedidas}"


def test_enlaces_hostiles(taller: Taller) -> None:
    """Lo que no es http, está mal escrito o está en otro servidor no se sigue."""
    rastreo = catalogo(taller)
    acaba(rastreo.resultado, 0)
    assert rastreo.otro is not None
    assert not rastreo.otro.peticiones, (
        "No se esperaba ninguna petición a otro servidor, y llegó: "
        f"{rastreo.otro.peticiones}"
    )
    assert "/por-localhost" not in rastreo.sitio.pedidas(), (
        "«localhost» es otro nombre: es otro servidor, y no se esperaba pedirle nada"
    )
    assert codigos(rastreo.resultado) == {f"L-{numero}" for numero in range(1, 8)}, (
        f"Se esperaban solo los siete libros del catálogo:\n{rastreo.resultado}"
    )


def test_los_comentarios_y_los_scripts_no_son_html(taller: Taller) -> None:
    """Lo que hay en un comentario o en un <script> ni se sigue ni se extrae."""
    rastreo = catalogo(taller)
    acaba(rastreo.resultado, 0)
    trampas = {"/comentada", "/guion"} & set(rastreo.sitio.pedidas())
    assert not trampas, f"No se esperaba pedir {trampas}"
    falsos = {"COMENTADO", "GUION"} & codigos(rastreo.resultado)
    assert not falsos, f"No se esperaban artículos de un comentario o script: {falsos}"


def test_lo_que_no_es_html_no_se_analiza(taller: Taller) -> None:
    """De un PDF no se extrae nada, aunque por dentro parezca HTML."""
    rastreo = catalogo(taller)
    acaba(rastreo.resultado, 0)
    assert "PDF" not in codigos(rastreo.resultado), (
        f"No se esperaba ningún artículo de un PDF:\n{rastreo.resultado}"
    )


def test_cada_articulo_es_una_linea_de_json(taller: Taller) -> None:
    """Cada artículo dice su sitio, código, nombre, precio en céntimos y página."""
    rastreo = catalogo(taller)
    esperado = {
        "sitio": "libreria",
        "codigo": "L-1",
        "nombre": "El primero",
        "precio": 101250,
        "url": rastreo.sitio.url("/libros/"),
    }
    primero = [a for a in articulos(rastreo.resultado) if a["codigo"] == "L-1"]
    assert primero == [esperado], f"Se esperaba {esperado}, y llegó {primero}"


# ── Codificaciones ──────────────────────────────────────────────────────────


def codificada(
    codigo: str, texto: str, real: str, tipo: str, cabeza: str = ""
) -> Respuesta:
    """Una página con un solo libro, escrita en la codificación `real`."""
    html = pagina(libro(codigo, texto, "10,00"), cabeza=cabeza)
    return Respuesta(html.encode(real), tipo=tipo)


def relleno(largo: int) -> str:
    """Un comentario de ese largo."""
    return f"<!--{'-' * (largo - 8)} -->"


@escenario
def codificaciones(taller: Taller) -> Rastreo:
    """La misma librería, escrita de muchas maneras."""
    frase = "El añil de Muñoz: 5 €"
    inicio = pagina(cabeza="<meta charset=cp1252>")
    justo = 1024 - inicio.index("cp1252>") - len("cp1252>")
    largo = pagina(cabeza="<meta charset=iso-8859-15>")
    cortado = 1024 - largo.index("iso-8859-15>") - len("iso-8859-1")
    equivalente = '<meta http-equiv="Content-Type" content="text/html; charset=latin1">'
    paginas = {
        "/cabecera": codificada(
            "CABECERA", frase, "iso-8859-15", 'text/html; charset="ISO-8859-15"'
        ),
        "/meta": codificada(
            "META", frase, "cp1252", "Text/HTML", "<META CHARSET=windows-1252>"
        ),
        "/equivalente": codificada(
            "EQUIVALENTE", "El añil", "latin-1", "text/html", equivalente
        ),
        "/gana": codificada(
            "GANA", frase, "utf-8", "text/html; charset=utf-8", "<meta charset=latin1>"
        ),
        "/casi": codificada(
            "CASI",
            frase,
            "cp1252",
            "text/html",
            f"{relleno(justo)}<meta charset=cp1252>",
        ),
        "/tarde": codificada(
            "TARDE", frase, "utf-8", "text/html", f"{relleno(1100)}<meta charset=cp850>"
        ),
        "/cortado": codificada(
            "CORTADO",
            frase,
            "utf-8",
            "text/html",
            f"{relleno(cortado)}<meta charset=iso-8859-15>",
        ),
        "/sin": codificada("SIN", frase, "utf-8", "text/html"),
        "/xhtml": codificada("XHTML", frase, "utf-8", "application/xhtml+xml"),
        "/rara": codificada("RARA", frase, "utf-8", "text/html; charset=klingon"),
        "/rara-meta": codificada(
            "RARA-META",
            frase,
            "cp1252",
            "text/html; charset=klingon",
            "<meta charset=cp1252>",
        ),
        "/hex": codificada("HEX", frase, "utf-8", "text/html", "<meta charset=hex>"),
        "/mentira": codificada("MENTIRA", frase, "cp1252", "text/html; charset=utf-8"),
        "/basura": Respuesta(
            bytes(range(256)) * 8 + libro("BASURA").encode(), tipo="text/html"
        ),
    }
    sitio = taller.sitio(
        {"/": pagina(libro("INICIO"), *map(enlace, paginas)), **paginas}
    )
    return Rastreo(taller.rastrear(sitio.url("/")), sitio)


@pytest.mark.parametrize(
    ("codigo", "nombre"),
    [
        ("CABECERA", "El añil de Muñoz: 5 €"),
        ("META", "El añil de Muñoz: 5 €"),
        ("EQUIVALENTE", "El añil"),
        ("GANA", "El añil de Muñoz: 5 €"),
        ("SIN", "El añil de Muñoz: 5 €"),
        ("XHTML", "El añil de Muñoz: 5 €"),
        ("CASI", "El añil de Muñoz: 5 €"),
        ("TARDE", "El añil de Muñoz: 5 €"),
        ("CORTADO", "El añil de Muñoz: 5 €"),
    ],
    ids=[
        "cabecera",
        "meta",
        "http-equiv",
        "la cabecera gana",
        "nada",
        "xhtml",
        "meta antes del byte 1024",
        "meta después del byte 1024",
        "meta a los dos lados del byte 1024",
    ],
)
def test_codificacion_declarada(taller: Taller, codigo: str, nombre: str) -> None:
    """Manda la cabecera, después el <meta> y, si nadie dice nada, UTF-8."""
    encontrados = nombres(codificaciones(taller))
    assert encontrados.get(codigo) == nombre, (
        f"Se esperaba {nombre!r}, y llegó {encontrados.get(codigo)!r}"
    )


def test_codificacion_que_no_existe(taller: Taller) -> None:
    """Una codificación desconocida, o que no es de texto, no cuenta como declarada."""
    encontrados = nombres(codificaciones(taller))
    for codigo in ("RARA", "HEX"):
        assert encontrados.get(codigo) == "El añil de Muñoz: 5 €", (
            f"Se esperaba leer {codigo} como UTF-8, y llegó {encontrados.get(codigo)!r}"
        )
    llegado = encontrados.get("RARA-META")
    assert llegado == "El añil de Muñoz: 5 €", (
        "Si la de la cabecera no existe, se esperaba leer la página como dice su "
        f"<meta>, y llegó {llegado!r}"
    )


def test_bytes_que_no_encajan(taller: Taller) -> None:
    """Los bytes imposibles se sustituyen: no se cae el programa ni falta el libro."""
    rastreo = codificaciones(taller)
    acaba(rastreo.resultado, 0)
    assert {"MENTIRA", "BASURA"} <= codigos(rastreo.resultado), (
        f"Se esperaban los libros de páginas con bytes rotos:\n{rastreo.resultado}"
    )
    esperado = "El a\ufffdil de Mu\ufffdoz: 5 \ufffd"
    llegado = nombres(rastreo)["MENTIRA"]
    assert llegado == esperado, (
        f"Se esperaba {esperado!r}, con un � por cada byte que no encaja, y llegó "
        f"{llegado!r}"
    )


# ── HTML como el que hay en la calle ────────────────────────────────────────

PRECIOS = {
    "12,50 €": 1250,
    "12,5 €": 1250,
    "7 €": 700,
    "€ 9,99": 999,
    "0,05 €": 5,
    "1.234.567,89 €": 123456789,
    "1.500 €": 150000,
    "Ahora: 19,95\N{NO-BREAK SPACE}€": 1995,
    "0,29 €": 29,
    "0 €": 0,
    "Consultar": None,
    "": None,
}


@escenario
def html_roto(taller: Taller) -> Rastreo:
    """Etiquetas sin cerrar, sin comillas y en mayúsculas; precios de muchas formas."""
    roto = (
        "<html><body><div class='oferta libro nuevo' data-codigo='R-1'>"
        "<h2 class='titulo'>Los <b>mejores</b>\n   cuentos &amp; &eacute;xitos"
        "<p class='precio'>10,00 &euro;<p class='nota'>Antes 99,00 €</div>"
        "<ARTICLE CLASS=libro DATA-CODIGO=R-2><H2 CLASS=titulo>Sin cerrar"
        "<P CLASS=precio>20,00 &#8364;"
        "<article class=libro data-codigo=R-3><p class=titulo>Otro</h3>"
        "<p class=nota>Una joya"
        "<div><p class=precio><b>30</b>,00 €</p></div>"
        "<article class='libro'><h2 class=titulo>Sin código</h2></article>"
        "<article class='libro' data-codigo='R-4'><p class=precio>1,00 €</p></article>"
        "<article class='libros' data-codigo='R-5'><h2 class=titulo>No</h2></article>"
        "<div class=libro data-codigo=R-7><h2 class=titulo>Acaba aquí</h2></div>"
        "<p class=precio>9,00 €</p>"
        "<div class=libro data-codigo=R-8><div class=titulo>Anidado</div>"
        "<p class=subtitulo>De otro</p><p class=precio-antes>8,00 €</p>"
        "<div><div>x</div></div><p class=precio>4,00 €</p></div>"
        "<div class=libro data-codigo=''><h2 class=titulo>Código vacío</h2></div>"
        "<div class=libro data-codigo=R-9><h2 class=titulo> \n </h2></div>"
        "<article class='libro' data-codigo='R-6'><h2 class=titulo>Sin precio</h2>"
        "</td></table></p>" + enlace("/precios") + "<article class=libro data-codi"
    )
    precios = (
        libro(f"P-{numero}", f"Precio {texto}", texto)
        for numero, texto in enumerate(PRECIOS)
    )
    sitio = taller.sitio({"/": roto, "/precios": pagina(*precios)})
    return Rastreo(taller.rastrear(sitio.url("/")), sitio)


def test_html_mal_escrito(taller: Taller) -> None:
    """Sin cierres, sin comillas o en mayúsculas, los libros salen enteros."""
    rastreo = html_roto(taller)
    leidos = {
        a["codigo"]: (a["nombre"], a["precio"])
        for a in articulos(rastreo.resultado)
        if not a["codigo"].startswith("P-")
    }
    esperados = {
        "R-1": ("Los mejores cuentos & éxitos", 1000),
        "R-2": ("Sin cerrar", 2000),
        "R-3": ("Otro", 3000),
        "R-6": ("Sin precio", None),
        "R-7": ("Acaba aquí", None),
        "R-8": ("Anidado", 400),
    }
    assert leidos == esperados, f"Se esperaba {esperados}, y llegó {leidos}"
    acaba(rastreo.resultado, 0)


def test_precios_en_centimos(taller: Taller) -> None:
    """«1.012,50 €» son 101250 céntimos exactos; si no se entiende, null."""
    rastreo = html_roto(taller)
    leidos = {a["codigo"]: a["precio"] for a in articulos(rastreo.resultado)}
    for numero, (texto, esperado) in enumerate(PRECIOS.items()):
        llegado = leidos.get(f"P-{numero}", "nada")
        assert llegado == esperado and not isinstance(llegado, float), (
            f"Se esperaba que «{texto}» fuera {esperado}, y llegó {llegado}"
        )


# ── Páginas que fallan ──────────────────────────────────────────────────────


SALTOS = {"/301": 301, "/303": 303, "/307": 307, "/308": 308}


@escenario
def averias(taller: Taller) -> Rastreo:
    """Un sitio en el que casi todo está roto."""
    ajeno = taller.sitio({"/trampa": libro("AJENO")})
    averiadas = {
        "/no-esta": Respuesta(libro("NO-ESTA").encode(), 404),
        "/rota": Respuesta(libro("ROTA").encode(), 500),
        "/cortada": Respuesta(libro("CORTADA").encode(), cortada=True),
        "/muda": Respuesta(estado=0),
        "/noria": redireccion("/noria"),
        "/mudada": redireccion("/adonde-no-hay-nada"),
        "/fuera": redireccion(ajeno.url("/trampa")),
        "/archivo": redireccion("file:///etc/passwd"),
    }
    sitio = taller.sitio()
    averiadas["/otro-nombre"] = redireccion(
        f"http://localhost:{sitio.puerto}/por-localhost"
    )
    sitio.paginas.update(
        {
            "/por-localhost": libro("AJENO"),
            "/": pagina(libro("A-1"), *map(enlace, [*averiadas, "/mudanza", *SALTOS])),
            **averiadas,
            **{
                salto: redireccion(f"/tras{salto}", estado)
                for salto, estado in SALTOS.items()
            },
            **{f"/tras{salto}": pagina(libro(salto)) for salto in SALTOS},
            "/mudanza": redireccion("nueva/"),
            "/nueva/": pagina(libro("A-2"), enlace("detalle")),
            "/nueva/detalle": pagina(libro("A-3")),
        }
    )
    return Rastreo(taller.rastrear(sitio.url("/")), sitio, ajeno)


def test_una_pagina_fallida_no_detiene_a_las_demas(taller: Taller) -> None:
    """El rastreo sigue, lo cuenta por la salida de error y acaba con el código 1."""
    rastreo = averias(taller)
    acaba(rastreo.resultado, 1)
    assert "A-1" in codigos(rastreo.resultado), (
        f"Se esperaba el libro de la página buena:\n{rastreo.resultado}"
    )
    fallidas = ["/no-esta", "/rota", "/cortada", "/muda", "/noria", "/fuera", "/mudada"]
    for ruta in fallidas:
        assert ruta in rastreo.sitio.pedidas(), f"Se esperaba que se pidiera {ruta}"
        assert ruta in rastreo.resultado.error, (
            f"Se esperaba que nombrara la página fallida {ruta}:\n{rastreo.resultado}"
        )


@escenario
def una_averia(taller: Taller) -> Rastreo:
    """Dos páginas que fallan, y --max-paginas solo deja llegar a una."""
    inicio = pagina(libro("U-1"), enlace("/no-esta"), enlace("/tampoco-esta"))
    sitio = taller.sitio({"/oto%C3%B1o?q=a%20b": inicio})
    opciones = ("--max-paginas", "2")
    return Rastreo(taller.rastrear(sitio.url("/otoño?q=a b#pie"), *opciones), sitio)


def test_la_primera_direccion_tambien_se_codifica(taller: Taller) -> None:
    """La URL inicial puede llevar espacios, acentos y #fragmento, como un enlace."""
    rastreo = una_averia(taller)
    pedidas = rastreo.sitio.pedidas()
    assert pedidas[:1] == ["/oto%C3%B1o?q=a%20b"], (
        "Se esperaba que «/otoño?q=a b#pie» se pidiera como /oto%C3%B1o?q=a%20b, y se "
        f"pidió {pedidas}\n{rastreo.resultado}"
    )


def test_las_fallidas_cuentan_en_max_paginas(taller: Taller) -> None:
    """--max-paginas cuenta las páginas que se piden, también las que fallan."""
    rastreo = una_averia(taller)
    pedidas = rastreo.sitio.pedidas()
    assert len(pedidas) == 2, (
        f"Se esperaba pedir dos páginas, y se pidió {pedidas}\n{rastreo.resultado}"
    )


def test_basta_una_pagina_fallida(taller: Taller) -> None:
    """Con una sola página fallida, el código ya es 1."""
    resultado = una_averia(taller).resultado
    acaba(resultado, 1)
    assert codigos(resultado) == {"U-1"}, f"Se esperaba solo U-1:\n{resultado}"


def test_una_pagina_a_medias_no_vale(taller: Taller) -> None:
    """De una página de error o cortada no sale ningún artículo."""
    rastreo = averias(taller)
    acaba(rastreo.resultado, 1)
    malos = {"NO-ESTA", "ROTA", "CORTADA"} & codigos(rastreo.resultado)
    assert not malos, f"No se esperaban artículos de páginas fallidas: {malos}"


def test_redirecciones(taller: Taller) -> None:
    """Una redirección se sigue, y los enlaces son relativos a la dirección final."""
    rastreo = averias(taller)
    finales = {a["codigo"]: a["url"] for a in articulos(rastreo.resultado)}
    esperado = rastreo.sitio.url("/nueva/")
    assert finales.get("A-2") == esperado, (
        f"Se esperaba A-2 en {esperado}, y llegó {finales.get('A-2')}"
    )
    assert "A-3" in finales, (
        f"Se esperaba seguir hasta /nueva/detalle:\n{rastreo.resultado}"
    )
    faltan = set(SALTOS) - set(finales)
    assert not faltan, f"Se esperaba seguir también las redirecciones {sorted(faltan)}"


def test_redireccion_a_otro_servidor(taller: Taller) -> None:
    """Ni por una redirección se pide nada a otro servidor."""
    rastreo = averias(taller)
    assert rastreo.otro is not None
    acaba(rastreo.resultado, 1)
    assert not rastreo.otro.peticiones, (
        f"No se esperaba ninguna petición, y llegó: {rastreo.otro.peticiones}"
    )
    assert "/por-localhost" not in rastreo.sitio.pedidas(), (
        "«localhost» es otro nombre: es otro servidor, y no se esperaba pedirle nada"
    )


@escenario
def sobre_la_marcha(taller: Taller) -> str:
    """La primera línea que sale mientras la segunda página aún no ha llegado."""
    sitio = taller.sitio()

    def callar(_: Peticion) -> str:
        sitio.cerrado.wait(plazo(20))
        return pagina(libro("V-2"))

    sitio.paginas = {"/": pagina(libro("V-1"), enlace("/lenta")), "/lenta": callar}
    with taller.empezar(sitio.url("/"), salida=subprocess.PIPE) as proceso:
        assert proceso.stdout is not None
        # Si no llega nada, se deja de esperar: al matarlo, la salida se acaba.
        vigia = threading.Timer(plazo(5), proceso.kill)
        vigia.start()
        primera = proceso.stdout.readline()
        vigia.cancel()
        proceso.kill()
    return primera.decode("utf-8", "replace")


def test_los_articulos_salen_segun_se_leen(taller: Taller) -> None:
    """Lo de una página se escribe en cuanto se lee, sin esperar a la siguiente."""
    primera = sobre_la_marcha(taller)
    assert '"V-1"' in primera, (
        "Se esperaba ver V-1 mientras la segunda página aún no había llegado, y por la "
        f"salida llegó {primera!r}. Si se imprime, ¿se queda guardado (flush)?"
    )


@escenario
def sin_fin(taller: Taller) -> Rastreo:
    """Cada página enlaza a otra que no se había visto."""

    def otra(peticion: Peticion) -> str:
        numero = int(peticion.ruta.removeprefix("/")) + 1
        return pagina(libro(f"S-{numero}"), enlace(f"/{numero}"))

    sitio = taller.sitio({f"/{numero}": otra for numero in range(50)})
    return Rastreo(taller.rastrear(sitio.url("/0"), "--max-paginas", "4"), sitio)


def test_un_sitio_sin_fin(taller: Taller) -> None:
    """--max-paginas N pide N páginas y para, aunque siempre haya otra."""
    rastreo = sin_fin(taller)
    acaba(rastreo.resultado, 0)
    assert rastreo.sitio.pedidas() == ["/0", "/1", "/2", "/3"], (
        f"Se esperaban cuatro páginas, y se pidió: {rastreo.sitio.pedidas()}"
    )


@escenario
def ninguna(taller: Taller) -> Rastreo:
    """--max-paginas 0."""
    sitio = taller.sitio({"/": pagina(libro("X"))})
    return Rastreo(taller.rastrear(sitio.url("/"), "--max-paginas", "0"), sitio)


def test_ninguna_pagina(taller: Taller) -> None:
    """Con --max-paginas 0 no se pide ninguna página: el 0 no es «todas»."""
    rastreo = ninguna(taller)
    acaba(rastreo.resultado, 0)
    assert not rastreo.sitio.pedidas(), (
        f"No se esperaba ninguna página, y se pidió: {rastreo.sitio.pedidas()}"
    )


# ── No se puede empezar ─────────────────────────────────────────────────────


@escenario
def sin_nadie(taller: Taller) -> Resultado:
    """En ese puerto no escucha nadie."""
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        puerto = enchufe.getsockname()[1]
        return taller.rastrear(f"http://127.0.0.1:{puerto}/")


@escenario
def sin_respuesta(taller: Taller) -> Resultado:
    """El servidor acepta la conexión y no contesta nunca."""
    sitio = taller.sitio()

    def callar(_: Peticion) -> str:
        sitio.cerrado.wait()
        return ""

    sitio.paginas = {"/": callar}
    return taller.rastrear(sitio.url("/"), "--tiempo-limite", "0.5")


@escenario
def sin_pagina(taller: Taller) -> Resultado:
    """La página por la que hay que empezar no existe."""
    return taller.rastrear(taller.sitio().url("/no-esta"))


@escenario
def sin_salida(taller: Taller) -> dict[str, Rastreo]:
    """La página por la que hay que empezar llega a medias, o lleva a otro servidor."""
    ajeno = taller.sitio({"/": pagina(libro("AJENO"))})
    cortada = Respuesta(libro("CORTADA").encode(), cortada=True)
    rastreos = {}
    for nombre, respuesta in {
        "a medias": cortada,
        "en otro servidor": redireccion(ajeno.url("/")),
    }.items():
        sitio = taller.sitio({"/": respuesta})
        rastreos[nombre] = Rastreo(taller.rastrear(sitio.url("/")), sitio, ajeno)
    return rastreos


@pytest.mark.parametrize("nombre", ["a medias", "en otro servidor"])
def test_la_primera_pagina_no_vale(taller: Taller, nombre: str) -> None:
    """Si la inicial llega a medias o lleva a otro servidor, es el código 3."""
    rastreo = sin_salida(taller)[nombre]
    acaba(rastreo.resultado, 3)
    assert not rastreo.resultado.salida, (
        f"No se esperaba ningún artículo:\n{rastreo.resultado}"
    )
    assert rastreo.otro is not None and not rastreo.otro.peticiones, (
        f"No se esperaba pedir nada a otro servidor:\n{rastreo.resultado}"
    )


def test_servidor_inalcanzable(taller: Taller) -> None:
    """Si no hay nadie escuchando, se explica y es el código 3."""
    acaba(sin_nadie(taller), 3)


def test_servidor_que_no_contesta(taller: Taller) -> None:
    """Pasado --tiempo-limite se deja de esperar: es el código 3."""
    acaba(sin_respuesta(taller), 3)


def test_la_primera_pagina_no_existe(taller: Taller) -> None:
    """Si la página inicial falla no hay rastreo: es el código 3."""
    acaba(sin_pagina(taller), 3)


@escenario
def hacia_atras(taller: Taller) -> Rastreo:
    """--intervalo -1."""
    sitio = taller.sitio({"/": pagina(libro("X"))})
    return Rastreo(taller.rastrear(sitio.url("/"), intervalo="-1"), sitio)


def test_una_opcion_imposible(taller: Taller) -> None:
    """Un intervalo negativo es un uso incorrecto, y no se pide nada: el código 2."""
    rastreo = hacia_atras(taller)
    acaba(rastreo.resultado, 2)
    assert not rastreo.sitio.peticiones, "No se esperaba ninguna petición al sitio"


IMPOSIBLES = ["ftp://127.0.0.1/", "127.0.0.1/libros", "http://[mal/"]


@escenario
def imposibles(taller: Taller) -> dict[str, Resultado]:
    """Direcciones que no llevan a ninguna página."""
    return {url: taller.rastrear(url) for url in IMPOSIBLES}


@pytest.mark.parametrize("url", IMPOSIBLES)
def test_direcciones_imposibles(taller: Taller, url: str) -> None:
    """Una dirección que no es http o https es un uso incorrecto: el código 2."""
    resultado = imposibles(taller)[url]
    acaba(resultado, 2)
    assert not resultado.salida, f"No se esperaba nada por la salida:\n{resultado}"
