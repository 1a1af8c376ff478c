# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Templates personalizables."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import httpx2
import pytest
from requisitos.api import (
    REINTENTO,
    Api,
    Persona,
    comprueba,
    espera,
    id_de,
    json_de,
    problema,
    unico,
)
from requisitos.proveedores import Contesta


def nueva(api: Api, **partes: Any) -> str:
    """Una plantilla con una versión y un solo idioma: su nombre."""
    __tracebackhide__ = True
    nombre = unico("plantilla")
    espera(api.publicar(nombre, **partes), 201, al="guardar una plantilla")
    return nombre


def ver(api: Api, nombre: str, **mas: Any) -> dict[str, Any]:
    """Cómo queda."""
    __tracebackhide__ = True
    return dict(json_de(espera(api.vista(nombre, **mas), 200, al="ver una plantilla")))


def queda(api: Api, texto: str, **variables: Any) -> str:
    """El texto que sale de esa plantilla con esas variables."""
    __tracebackhide__ = True
    return str(ver(api, nueva(api, texto=texto), variables=variables)["texto"])


def con_plantilla(nombre: str, **mas: Any) -> dict[str, Any]:
    """Lo que se pide en POST /avisos para usarla."""
    return {
        "plantilla": {"nombre": nombre, "idioma": "es", "variables": {}} | mas,
        "contenido": None,
    }


# --- versiones -------------------------------------------------------------------


def test_las_versiones_no_cambian(api: Api) -> None:
    """Guardar otra vez es otra versión; las de antes se siguen leyendo como eran."""
    nombre = unico("bienvenida")
    for numero in (1, 2, 3):
        respuesta = api.publicar(nombre, texto=f"versión {numero}", html=None)
        datos = json_de(espera(respuesta, 201, al="guardar una versión"))
        donde = f"/plantillas/{nombre}/versiones/{numero}"
        comprueba(
            datos.get("version") == numero
            and respuesta.headers.get("location") == donde,
            f"Se esperaba la versión {numero}, en {donde}, y llegó {datos} "
            f"en {respuesta.headers.get('location')}",
        )
    for ruta, numero in (
        (f"/plantillas/{nombre}/versiones/1", 1),
        (f"/plantillas/{nombre}", 3),
    ):
        datos = json_de(espera(api.get(ruta), 200, al="leer una plantilla"))
        esperado = {
            "nombre": nombre,
            "version": numero,
            "por_defecto": "es",
            "idiomas": {
                "es": {"asunto": "Hola", "texto": f"versión {numero}", "html": None}
            },
        }
        comprueba(datos == esperado, f"Se esperaba {esperado}, y llegó {datos}")
    comprueba(
        ver(api, nombre, version=2)["texto"] == "versión 2"
        and ver(api, nombre)["version"] == 3,
        "Se esperaba ver la versión que se pide y, si no se dice, la última",
    )
    for ruta in ("/plantillas/no-hay", f"/plantillas/{nombre}/versiones/4"):
        problema(api.get(ruta), 404, al="leer una plantilla que no hay")
    problema(api.vista(nombre, version=4), 404, al="ver una versión que no hay")


def test_dos_a_la_vez_son_dos_versiones(api: Api) -> None:
    """Diez versiones guardadas a la vez tienen diez números, y cada una lo suyo."""
    nombre = unico("a-la-vez")
    tareas = [partial(api.publicar, nombre, texto=f"texto {n}") for n in range(10)]
    respuestas = api.a_la_vez(tareas)
    datos = [
        json_de(espera(una, 201, al="guardar versiones a la vez")) for una in respuestas
    ]
    numeros = sorted(uno["version"] for uno in datos)
    comprueba(
        numeros == list(range(1, 11)),
        f"Se esperaban las versiones del 1 al 10, y llegó {numeros}",
    )
    for orden, uno in enumerate(datos):
        guardada = ver(api, nombre, version=uno["version"])["texto"]
        comprueba(
            guardada == f"texto {orden}",
            f"Se esperaba «texto {orden}» en la versión {uno['version']}, y hay"
            f" «{guardada}»",
        )


def test_un_aviso_se_escribe_con_la_version_de_cuando_se_pidio(api: Api) -> None:
    """Publicar otra versión no cambia lo ya pedido, aunque no haya salido."""
    ana = Persona()
    nombre = nueva(api, asunto="Primera", texto="Hola, {{ nombre }}")
    datos = con_plantilla(nombre, variables={"nombre": "Ana"})
    api.push.preparar(ana.push, Contesta(503))
    respuesta = api.pedir_aviso(ana, "push", **datos)
    id_ = id_de(respuesta, al="usar una plantilla", necesita="R2")
    api.cuando(id_, 1)
    espera(api.publicar(nombre, asunto="Otra", texto="Adiós"), 201, al="publicar otra")
    api.reloj.adelantar(2 * REINTENTO)
    api.queda(id_, "enviado")
    (llamada,) = api.push.entregas(ana.push)
    llega = llamada.datos["titulo"], llamada.datos["texto"]
    comprueba(
        llega == ("Primera", "Hola, Ana"),
        f"Se esperaba lo que decía la versión de antes, y llegó {llega}",
    )


def test_se_puede_pedir_una_version(api: Api) -> None:
    """Un aviso usa la última versión, o la que se diga; con una que no hay es 422."""
    nombre = nueva(api, texto="la primera")
    espera(api.publicar(nombre, texto="la segunda"), 201, al="publicar otra")
    for mas, esperado in (({"version": 1}, "la primera"), ({}, "la segunda")):
        ana = Persona()
        id_ = api.avisar(ana, "push", **con_plantilla(nombre, **mas))
        api.queda(id_, "enviado")
        llega = api.push.entregas(ana.push)[0].datos["texto"]
        comprueba(llega == esperado, f"Se esperaba «{esperado}», y llegó «{llega}»")
    for malo in (
        con_plantilla(nombre, version=3),
        con_plantilla("no-hay"),
        con_plantilla(nombre, version=0),
    ):
        problema(
            api.pedir_aviso(Persona(), **malo), 422, al="usar una plantilla que no hay"
        )
    ambas = con_plantilla(nombre) | {"contenido": {"asunto": "a", "texto": "b"}}
    problema(
        api.pedir_aviso(Persona(), **ambas), 422, al="mandar contenido y plantilla"
    )


# --- idiomas ---------------------------------------------------------------------


def test_el_idioma_es_el_mas_parecido(api: Api) -> None:
    """«es-MX» es «es-MX», o «es», o el de por defecto; sin mirar mayúsculas."""
    nombre = unico("idiomas")
    idiomas = ("en", "es", "pt-BR")
    datos = {
        "por_defecto": "en",
        "idiomas": {i: {"asunto": i, "texto": f"esto es {i}"} for i in idiomas},
    }
    espera(
        api.post(f"/plantillas/{nombre}/versiones", datos),
        201,
        al="guardar tres idiomas",
    )
    pares = {
        "es": "es",
        "es-MX": "es",
        "ES-mx": "es",
        "pt-BR": "pt-br",
        "pt-br-x1": "pt-br",
        "pt": "en",
        "pt-PT": "en",
        "tlh": "en",
        "en-GB": "en",
        "EN": "en",
    }
    for pedido, esperado in pares.items():
        sale = ver(api, nombre, idioma=pedido)
        comprueba(
            sale["idioma"].lower() == esperado
            and sale["texto"].lower() == f"esto es {esperado}",
            f"Se esperaba «{esperado}» al pedir «{pedido}», y llegó {sale}",
        )
    for malo in ("", "../es", "español", "e", "es_MX", "es-", "es\n", "x" * 40):
        problema(api.vista(nombre, idioma=malo), 422, al=f"pedir el idioma «{malo}»")


MALAS: dict[str, dict[str, Any]] = {
    "sin idiomas": {"por_defecto": "es", "idiomas": {}},
    "sin el de por defecto": {
        "por_defecto": "es",
        "idiomas": {"en": {"asunto": "a", "texto": "b"}},
    },
    "idioma imposible": {
        "por_defecto": "es",
        "idiomas": {
            "es": {"asunto": "a", "texto": "b"},
            "/etc": {"asunto": "a", "texto": "b"},
        },
    },
    "sin texto": {"por_defecto": "es", "idiomas": {"es": {"asunto": "a"}}},
    "campo de más": {
        "por_defecto": "es",
        "idiomas": {"es": {"asunto": "a", "texto": "b", "pie": "c"}},
    },
    "sin cerrar": {
        "por_defecto": "es",
        "idiomas": {"es": {"asunto": "a", "texto": "{{ nombre"}},
    },
    "if sin endif": {
        "por_defecto": "es",
        "idiomas": {"es": {"asunto": "a", "texto": "{% if x %}a"}},
    },
    "mal en otro idioma": {
        "por_defecto": "es",
        "idiomas": {
            "es": {"asunto": "a", "texto": "b"},
            "en": {"asunto": "a", "texto": "b", "html": "{% nada %}"},
        },
    },
}


@pytest.mark.parametrize("mala", MALAS.values(), ids=MALAS.keys())
def test_plantillas_que_no_valen(api: Api, mala: dict[str, Any]) -> None:
    """Una plantilla mal escrita es 422 al guardarla, y no gasta número de versión."""
    nombre = unico("mala")
    problema(
        api.post(f"/plantillas/{nombre}/versiones", mala),
        422,
        al="guardar una plantilla mala",
    )
    datos = json_de(espera(api.publicar(nombre), 201, al="guardar una buena"))
    comprueba(datos["version"] == 1, f"Se esperaba la versión 1, y llegó {datos}")


def test_nombres_que_no_valen(api: Api) -> None:
    """Un nombre lleva a-z, 0-9 y guiones, y 50 caracteres como mucho."""
    for nombre in ("Mayusculas", "con_raya", "con.punto", "ñ", "x" * 51, "a%0A"):
        problema(api.publicar(nombre), 422, al=f"guardar la plantilla «{nombre}»")
    largo = unico("larga").ljust(50, "x")
    espera(api.publicar(largo), 201, al="guardar una plantilla con 50 caracteres")


# --- variables -------------------------------------------------------------------


def test_lo_que_se_puede_escribir(api: Api) -> None:
    """Variables, campos, condiciones, bucles y dos filtros: lo que dice el contrato."""
    texto = (
        "{{ nombre | upper }}{% if pedido.urgente %}!{% else %}.{% endif %}"
        "{% for linea in pedido.lineas %} {{ linea.que | lower }}={{ linea.precio }}"
        "{% endfor %}{% if not pedido.lineas or nombre == 'x' %}nada{% endif %}"
    )
    pedido = {
        "urgente": True,
        "lineas": [{"que": "PAN", "precio": "1,20 €"}, {"que": "Té", "precio": 3}],
    }
    sale = queda(api, texto, nombre="ñandú", pedido=pedido)
    comprueba(
        sale == "ÑANDÚ! pan=1,20 € té=3",
        f"Se esperaba «ÑANDÚ! pan=1,20 € té=3», y llegó «{sale}»",
    )
    # Los nombres de los métodos de Python son nombres como los demás.
    sale = queda(
        api,
        "{{ p.items }} {{ p.values }} {{ p.get }}",
        p={"items": 3, "values": "v", "get": "g"},
    )
    comprueba(sale == "3 v g", f"Se esperaba «3 v g», y llegó «{sale}»")
    sale = queda(api, "a\n{{ x }}\n", x="b")
    comprueba(
        sale == "a\nb\n", f"Se esperaba el texto con sus saltos, y llegó {sale!r}"
    )


FALTAN = {
    "una": ({"texto": "Hola, {{ nombre }}"}, {}, "nombre"),
    "en el asunto": ({"asunto": "{{ pedido }}"}, {"nombre": "Ana"}, "pedido"),
    "en el HTML": (
        {"texto": "Hola", "html": "<b>{{ tratamiento }}</b>"},
        {},
        "tratamiento",
    ),
    "un campo": ({"texto": "{{ pedido.total }}"}, {"pedido": {"numero": 7}}, "total"),
    "dentro de un bucle": (
        {"texto": "{% for x in xs %}{{ x }}{{ apellido }}{% endfor %}"},
        {"xs": [1]},
        "apellido",
    ),
    "en una condición": ({"texto": "{% if vip %}a{% endif %}"}, {}, "vip"),
    "es null": ({"texto": "Hola, {{ nombre }}"}, {"nombre": None}, "nombre"),
    "un campo es null": (
        {"texto": "{{ pedido.total }}"},
        {"pedido": {"total": None}},
        "total",
    ),
}


@pytest.mark.parametrize(
    ("partes", "variables", "falta"), FALTAN.values(), ids=FALTAN.keys()
)
def test_una_variable_que_falta_se_dice(
    api: Api, partes: dict[str, str], variables: dict[str, Any], falta: str
) -> None:
    """Si falta una variable es 422, se dice cuál, y no se envía nada."""
    ana = Persona()
    nombre = nueva(api, **partes)
    datos = con_plantilla(nombre, variables=variables)
    for respuesta in (
        api.vista(nombre, variables=variables),
        api.pedir_aviso(ana, "push", "email", **datos),
    ):
        errores = problema(
            respuesta, 422, al="usar una plantilla sin todas las variables"
        )
        comprueba(
            falta in str(errores.get("errores")),
            f"Se esperaba que el error dijera que falta «{falta}», y llegó {errores}",
        )
    api.pasa_otro("push")
    comprueba(not api.push.llamadas(ana.push), "Se esperaba que no se enviara nada")


def test_lo_que_sobra_no_estorba(api: Api) -> None:
    """Una variable que la plantilla no usa se puede mandar."""
    sale = queda(api, "Hola, {{ nombre }}", nombre="Ana", otra={"a": [1]})
    comprueba(sale == "Hola, Ana", f"Se esperaba «Hola, Ana», y llegó «{sale}»")


# --- escapes ---------------------------------------------------------------------


def test_cada_canal_se_escapa_a_su_manera(api: Api) -> None:
    """En el HTML, todo valor va escapado; en el texto y el asunto, tal cual."""
    ana = Persona()
    valor = "Pérez & <b>'Hijos'</b> \" {{ 7 * 7 }} {% if %}"
    nombre = nueva(
        api,
        asunto="De {{ quien.nombre }}",
        texto="{% for q in quienes %}{{ q }}{% endfor %}",
        html='<p title="{{ quien.nombre }}">{{ quien.nombre | upper }}</p><b>fijo</b>',
    )
    variables = {"quien": {"nombre": valor}, "quienes": [valor]}
    api.queda(
        api.avisar(ana, "email", **con_plantilla(nombre, variables=variables)),
        "enviado",
    )
    (correo,) = api.correo.entregas(ana.email)
    asunto, texto = str(correo.mensaje["Subject"]), correo.parte("plain")
    comprueba(
        (asunto, texto) == (f"De {valor}", valor),
        "Se esperaba el valor tal cual en el asunto y en el texto, y llegó"
        f" {(asunto, texto)}",
    )
    html = correo.parte("html")
    comprueba(
        "<b>fijo</b>" in html
        and html.count("<") == 4
        and html.count('"') == 2
        and "&lt;B&gt;" in html
        and "P&eacute;REZ &amp;" not in html
        and "{{ 7 * 7 }}" in html,
        f"Se esperaba el valor escapado, y sin calcular nada de él, y llegó {html!r}",
    )


def test_un_salto_en_el_asunto_no_cuela_cabeceras(api: Api) -> None:
    """Si con las variables el asunto tiene más de una línea, es 422."""
    for salto in ("\r\n", "\n", "\r", "\x0b", "\u2028"):
        nombre = nueva(api, asunto="Hola, {{ nombre }}")
        for valor in (f"Ana{salto}Bcc: otra@example.com", f"Ana{salto}"):
            datos = con_plantilla(nombre, variables={"nombre": valor})
            respuesta = api.pedir_aviso(Persona(), "email", **datos)
            problema(respuesta, 422, al=f"poner {salto!r} en el asunto")


# --- quien ataca -----------------------------------------------------------------


def no_se_puede(
    api: Api, al: str, variables: dict[str, Any] | None = None, **partes: str
) -> None:
    """Falla si no es 422, al guardarla o al usarla, y enseguida."""
    __tracebackhide__ = True
    nombre = unico("ataque")
    inicio = time.monotonic()
    respuesta: httpx2.Response = api.publicar(nombre, **partes)
    if respuesta.status_code == 201:
        respuesta = api.vista(nombre, variables=variables or {"x": "equis"})
    problema(respuesta, 422, al=al)
    tarda = time.monotonic() - inicio
    comprueba(
        tarda < 2, f"Se esperaba el 422 enseguida al {al}, y ha tardado {tarda:.1f} s"
    )


FUGAS = (
    "{{ x.__class__ }}",
    "{{ x['__class__'] }}",
    "{{ x | attr('__class__') }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ '%s' | format(x) }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}{{ request }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base' %}",
    "{% set x = 1 %}{{ x }}",
    "{% macro m() %}{% endmacro %}{{ m() }}",
    "{{ x.upper() }}",
    "{{ loop.__class__ }}{% for i in [1] %}{{ loop._loop }}{% endfor %}",
)


@pytest.mark.parametrize("texto", FUGAS)
def test_una_plantilla_no_sale_de_sus_datos(api: Api, texto: str) -> None:
    """Ni atributos, ni métodos, ni archivos, ni nada que no esté en sus variables."""
    no_se_puede(api, f"usar «{texto}»", texto=texto)
    no_se_puede(api, f"usar «{texto}» en el asunto", asunto=texto)


def test_el_html_no_se_puede_dejar_sin_escapar(api: Api) -> None:
    """No hay manera de pedir que un valor vaya sin escapar."""
    for html in ("{{ x | safe }}", "{% autoescape false %}{{ x }}{% endautoescape %}"):
        no_se_puede(api, f"usar «{html}»", {"x": "<script>"}, html=html)


CIEN = [str(n) for n in range(100)]
BOMBAS: dict[str, tuple[str, dict[str, Any]]] = {
    "range": ("{% for i in range(1000000000) %}a{% endfor %}", {}),
    "range dentro de range": (
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{%"
            " endfor %}"
        ),
        {},
    ),
    "bucles vacíos": ("{% for a in x %}" * 6 + "{% endfor %}" * 6, {"x": CIEN}),
    "bucles con texto": (
        "{% for a in x %}" * 4 + "{{ a }}" + "{% endfor %}" * 4,
        {"x": CIEN},
    ),
    "por": ("{{ 'x' * 1000000000 }}", {}),
    "potencia": ("{{ 9 ** 9 ** 9 }}", {}),
    "más": ("{% for a in x %}{{ x + x }}{% endfor %}", {"x": CIEN}),
    "centro": ("{{ x | center(1000000000) }}", {}),
    "formato": ("{{ '%1000000000d' % 1 }}", {}),
    "texto largo": ("{{ x }}" * 11, {"x": "y" * 10_000}),
    "recursivo": ("{% for a in x recursive %}{{ loop(x) }}{% endfor %}", {"x": CIEN}),
    "paréntesis": ("{{ " + "(" * 900 + "x" + ")" * 900 + " }}{{ y }}", {"x": "a"}),
}


@pytest.mark.parametrize(("texto", "variables"), BOMBAS.values(), ids=BOMBAS.keys())
def test_una_plantilla_no_puede_con_el_servicio(
    api: Api, texto: str, variables: dict[str, Any]
) -> None:
    """Lo que no acaba, o escribe sin fin, es 422 enseguida."""
    no_se_puede(api, "usar una plantilla que no acaba", variables, texto=texto)
    espera(api.get("/salud"), 200, al="preguntar por la salud después")


def test_lo_largo_hasta_el_limite_vale(api: Api) -> None:
    """Justo 100 000 caracteres caben; con uno más, no."""
    nombre = nueva(api, texto="{{ x }}" * 10)
    sale = ver(api, nombre, variables={"x": "ñ" * 10_000})["texto"]
    comprueba(
        len(sale) == 100_000, f"Se esperaban 100000 caracteres, y llegaron {len(sale)}"
    )
    for texto in ("{{ x }}" * 10 + "y", "y{{ x }}" + "{{ x }}" * 9):
        otra = nueva(api, texto=texto)
        problema(
            api.vista(otra, variables={"x": "ñ" * 10_000}), 422, al="pasar del límite"
        )
    veces = queda(
        api, "{% for a in x %}{% for b in x %}.{% endfor %}{% endfor %}", x=CIEN[:70]
    )
    comprueba(len(veces) == 4900, f"Se esperaban 4900 puntos, y llegaron {len(veces)}")
