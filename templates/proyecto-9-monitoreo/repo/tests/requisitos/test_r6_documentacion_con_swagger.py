# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R6 · Documentación con Swagger."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from motor.limites import plazo
from motor.navegador import Navegador
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from playwright.sync_api import Error as ErrorDePlaywright
from playwright.sync_api import Page
from requisitos.api import SIN_ESTRENAR, Api, comprueba, espera, json_de, unico

ERRORES = {
    ("/salud", "get"): {"503"},
    ("/objetivos", "get"): {"422"},
    ("/objetivos", "post"): {"422"},
    ("/objetivos/{}", "get"): {"404", "422"},
    ("/objetivos/{}", "patch"): {"404", "422"},
    ("/objetivos/{}", "delete"): {"404", "422"},
    ("/objetivos/{}/comprobar", "post"): {"404", "409", "422"},
    ("/objetivos/{}/comprobaciones", "get"): {"404", "422"},
    ("/objetivos/{}/metricas", "get"): {"404", "422"},
    ("/rondas", "post"): set(),
    ("/alertas", "get"): {"422"},
    ("/eventos", "get"): {"422"},
}
TIPO = "application/problem+json"
Operacion = tuple[str, str, dict[str, Any]]


def documento_de(api: Api) -> dict[str, Any]:
    """GET /openapi.json."""
    respuesta = espera(api.get("/openapi.json"), 200, al="leer la documentación")
    return dict(json_de(respuesta))


def operaciones(documento: dict[str, Any]) -> Iterator[Operacion]:
    """Las del contrato, que tienen que estar todas, y las que haya de más."""
    hay = {
        (re.sub(r"\{[^}]*\}", "{}", ruta), metodo): operacion
        for ruta, dicho in documento["paths"].items()
        for metodo, operacion in dicho.items()
        if metodo in {"get", "post", "put", "patch", "delete"}
    }
    for ruta, metodo in ERRORES:
        comprueba(
            (ruta, metodo) in hay,
            f"Se esperaba {metodo.upper()} {ruta} en la documentación, y está "
            f"{sorted(hay)}",
        )
    for (ruta, metodo), operacion in hay.items():
        yield ruta, metodo, operacion


def resuelto(documento: dict[str, Any], esquema: dict[str, Any]) -> dict[str, Any]:
    """Lo que hay al final de un $ref."""
    while "$ref" in esquema:
        actual: Any = documento
        for parte in esquema["$ref"].removeprefix("#/").split("/"):
            actual = actual[parte.replace("~1", "/")]
        esquema = actual
    return esquema


def ejemplos(documento: dict[str, Any], contenido: dict[str, Any]) -> list[Any]:
    """Los que enseña Swagger de un contenido: los suyos, o los de su esquema."""
    esquema = resuelto(documento, contenido.get("schema", {}))
    for sitio in (contenido, esquema):
        if "example" in sitio:
            return [sitio["example"]]
        if isinstance(sitio.get("examples"), list):
            return list(sitio["examples"])
        if isinstance(sitio.get("examples"), dict):
            return [uno["value"] for uno in sitio["examples"].values()]
    return []


def errores_de(documento: dict[str, Any], esquema: dict[str, Any], dato: Any) -> str:
    """Por qué un dato no tiene esa forma; vacío si la tiene."""
    entero = {"components": documento.get("components", {}), **esquema}
    fallos = OAS31Validator(entero).iter_errors(dato)
    return "; ".join(
        f"{'.'.join(map(str, fallo.path)) or 'entero'}: {fallo.message}"
        for fallo in fallos
    )[:400]


def test_el_documento_es_valido(api: Api) -> None:
    """/openapi.json es OpenAPI válido, y en él están todas las rutas del contrato."""
    documento = documento_de(api)
    try:
        validate(documento)
    except Exception as error:
        pytest.fail(f"Se esperaba un documento OpenAPI válido, y: {str(error)[:500]}")
    rutas = {ruta for ruta, _, _ in operaciones(documento)}
    comprueba("/graphql" not in rutas, "GraphQL tiene su propio esquema: no va aquí")


def test_cada_ruta_tiene_resumen(api: Api) -> None:
    """Escrito por alguien: no es el nombre de la función, ni lo repite otra ruta."""
    vistos: dict[str, str] = {}
    for ruta, metodo, operacion in operaciones(documento_de(api)):
        donde = f"{metodo.upper()} {ruta}"
        resumen = str(operacion.get("summary", "")).strip()
        de_la_funcion = resumen.istitle() and str(
            operacion.get("operationId", "")
        ).startswith(resumen.lower().replace(" ", "_"))
        comprueba(
            resumen and not de_la_funcion,
            f"Se esperaba un summary en {donde}, y tiene «{resumen}»",
        )
        comprueba(
            resumen not in vistos,
            f"Se esperaban resúmenes distintos, y {donde} y {vistos.get(resumen)} "
            f"dicen «{resumen}»",
        )
        vistos[resumen] = donde


def test_cada_ruta_tiene_ejemplo(api: Api) -> None:
    """De lo que recibe y de lo que devuelve; y el ejemplo tiene la forma que dice."""
    documento = documento_de(api)
    for ruta, metodo, operacion in operaciones(documento):
        contenidos = [operacion.get("requestBody", {}).get("content", {})]
        for codigo, respuesta in operacion["responses"].items():
            if codigo.startswith("2"):
                contenidos.append(resuelto(documento, respuesta).get("content", {}))
        for contenido in contenidos:
            if "application/json" not in contenido:
                continue
            cosa = contenido["application/json"]
            donde = f"{metodo.upper()} {ruta}"
            suyos = ejemplos(documento, cosa)
            comprueba(suyos, f"Se esperaba un ejemplo en {donde}, y no hay")
            for ejemplo in suyos:
                mal = errores_de(documento, cosa.get("schema", {}), ejemplo)
                comprueba(
                    not mal and ejemplo not in ({}, [], None),
                    f"Se esperaba que el ejemplo de {donde} valiera: {mal} ({ejemplo})",
                )


def test_cada_ruta_dice_sus_errores(api: Api) -> None:
    """Con su tipo y con la forma que tienen, y no con la de FastAPI."""
    documento = documento_de(api)
    for ruta, metodo, operacion in operaciones(documento):
        donde = f"{metodo.upper()} {ruta}"
        dichos = {c for c in operacion["responses"] if c[0] in "45"}
        esperados = ERRORES.get((ruta, metodo), set())
        comprueba(
            esperados <= dichos,
            f"Se esperaba que {donde} dijera {sorted(esperados)}, y dice "
            f"{sorted(dichos)}",
        )
        for codigo in dichos:
            respuesta = resuelto(documento, operacion["responses"][codigo])
            contenido = respuesta.get("content", {})
            comprueba(
                list(contenido) == [TIPO],
                f"Se esperaba el {codigo} de {donde} en {TIPO}, y dice "
                f"{list(contenido)}",
            )
            esquema = resuelto(documento, contenido[TIPO].get("schema", {}))
            comprueba(
                {"title", "status", "detail"} <= set(esquema.get("properties", {})),
                f"Se esperaba que el {codigo} de {donde} tuviera title, status y "
                f"detail, y tiene {sorted(esquema.get('properties', {}))}",
            )


def test_lo_que_se_documenta_es_verdad(api: Api) -> None:
    """Lo que contesta cada ruta, bien y mal, está dicho y tiene la forma que dice."""
    documento = documento_de(api)
    dichas = {(r, m): operacion for r, m, operacion in operaciones(documento)}
    id = api.crear()["id"]
    otro = api.crear(latencia_maxima=10, silencio_hasta="2026-11-29T10:00:00Z")["id"]
    bueno = {"nombre": unico("x"), "url": SIN_ESTRENAR, "activo": False}
    pedidos: list[tuple[str, str, dict[str, Any]]] = [
        ("get", "/salud", {}),
        ("get", "/objetivos?limite=100", {}),
        ("get", "/objetivos?limite=0", {}),
        ("post", "/objetivos", {"json": bueno}),
        ("post", "/objetivos", {"json": {}}),
        ("get", f"/objetivos/{id}", {}),
        ("get", f"/objetivos/{otro}", {}),
        ("get", "/objetivos/0", {}),
        ("get", "/objetivos/x", {}),
        ("patch", f"/objetivos/{id}", {"json": {"fallos": 2}}),
        ("patch", f"/objetivos/{id}", {"json": {"fallos": "dos"}}),
        ("post", "/objetivos/0/comprobar", {}),
        ("get", f"/objetivos/{id}/comprobaciones", {}),
        ("get", f"/objetivos/{id}/metricas", {}),
        ("get", f"/objetivos/{id}/metricas?desde=ayer", {}),
        ("get", "/alertas", {}),
        ("get", "/alertas?objetivo=x", {}),
        ("delete", f"/objetivos/{id}", {}),
        ("delete", f"/objetivos/{id}", {}),
    ]
    for metodo, direccion, mas in pedidos:
        respuesta = api.pedir(metodo.upper(), direccion, **mas)
        ruta = re.sub(r"/objetivos/\w+", "/objetivos/{}", direccion.split("?")[0])
        dicho = dichas[ruta, metodo]["responses"]
        codigo = str(respuesta.status_code)
        donde = f"{metodo.upper()} {direccion} ({codigo})"
        comprueba(
            codigo in dicho,
            f"Se esperaba que la documentación dijera {donde}, y dice {sorted(dicho)}",
        )
        contenido = resuelto(documento, dicho[codigo]).get("content", {})
        tipo = respuesta.headers.get("content-type", "").split(";")[0]
        if not contenido and not respuesta.content:
            continue
        comprueba(
            tipo in contenido,
            f"Se esperaba que {donde} fuera {list(contenido)}, y es {tipo}",
        )
        mal = errores_de(
            documento, contenido[tipo].get("schema", {}), json_de(respuesta)
        )
        comprueba(
            not mal,
            f"Se esperaba que {donde} tuviera la forma documentada, y: {mal} "
            f"({respuesta.text[:200]})",
        )


# --- la página -------------------------------------------------------------------


def bloque(pagina: Page, metodo: str, ruta: str) -> Any:
    """Donde Swagger enseña una ruta, abierto y listo para probarla."""
    uno = pagina.locator(f'.opblock-{metodo}:has([data-path="{ruta}"])').first
    uno.locator(".opblock-summary").click()
    uno.locator(".try-out__btn").click()
    return uno


def ejecutar(uno: Any, codigo: int) -> str:
    """Pulsa «Execute» y da el cuerpo de la respuesta, que tiene que ser ese código."""
    uno.locator("button.execute").click()
    fila = uno.locator(".live-responses-table .response").first
    fila.wait_for(timeout=plazo(5) * 1000)
    estado = fila.locator(".response-col_status").inner_text().split()[0]
    cuerpo = str(fila.locator(".response-col_description").inner_text())
    comprueba(
        estado == str(codigo),
        f"Se esperaba {codigo} al ejecutar en /docs, y llegó {estado}: {cuerpo[:400]}",
    )
    return cuerpo


def test_se_puede_probar_desde_la_pagina(api: Api, navegador: Navegador) -> None:
    """/docs funciona sin internet, y su ejemplo crea un objetivo de verdad."""
    direccion = api.servicio.direccion.rstrip("/")
    with navegador.ventana(direccion) as pagina:
        pagina.goto(f"{direccion}/docs", wait_until="load")
        try:
            pagina.locator(".opblock-post").first.wait_for(timeout=plazo(4) * 1000)
        except ErrorDePlaywright:
            pytest.fail(
                "Se esperaba que /docs enseñara las rutas sin internet, y no puede: lo "
                "que necesita Swagger lo tiene que servir tu programa"
            )
        nombre = unico("Desde la página")
        crear = bloque(pagina, "post", "/objetivos")
        caja = crear.locator("textarea.body-param__text")
        texto = caja.input_value()
        try:
            ejemplo = json.loads(texto)
        except ValueError:
            pytest.fail(f"Se esperaba un ejemplo en JSON en /docs, y hay {texto[:200]}")
        tal_cual = json_de(
            espera(
                api.post("/objetivos", ejemplo), 201, al="mandar el ejemplo de /docs"
            )
        )
        ruta = f"/objetivos/{tal_cual['id']}"
        espera(api.patch(ruta, {"activo": False}), 200, al="parar el del ejemplo")
        caja.fill(json.dumps(ejemplo | {"nombre": nombre, "activo": False}))
        cuerpo = ejecutar(crear, 201)
        comprueba(nombre in cuerpo, f"Se esperaba ver {nombre}, y hay {cuerpo[:300]}")
        lista = bloque(pagina, "get", "/objetivos/{id}")
        lista.locator(".parameters input").first.fill(str(tal_cual["id"]))
        ejecutar(lista, 200)
        espera(api.delete(ruta), 204, al="borrar el del ejemplo")


def test_la_portada_de_la_documentacion(api: Api) -> None:
    """/docs no nombra a ningún otro servidor de donde traer nada."""
    pagina = espera(api.get("/docs"), 200, al="abrir /docs").text
    fuera = re.findall(r"""(?:src|href|url)\s*[=:]\s*["'](https?:)?//[^"']+""", pagina)
    comprueba(
        not fuera and "swagger" in pagina.lower(),
        "Se esperaba que /docs lo trajera todo de tu programa, y pide algo fuera",
    )
