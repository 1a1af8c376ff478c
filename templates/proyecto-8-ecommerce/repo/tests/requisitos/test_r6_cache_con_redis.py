# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R6 · Cache con Redis: uno de verdad. Si no lo hay, dicen cómo conseguirlo."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import pytest
from motor.ordenes_redis import ordenar
from motor.puente import Puente
from motor.servicio import Servicio
from motor.servicios import Servicios
from requisitos.api import Api, comprueba, espera, json_de, problema
from requisitos.consultas import Consultas

PRISA = 1.5
"""Segundos en los que tiene que contestar aunque Redis no esté."""


@pytest.fixture(autouse=True)
def _hay_redis(servicio: Servicio) -> None:
    """Estas pruebas necesitan Redis; con --direccion, el suyo."""
    if servicio.direccion and servicio.ajustes:
        servicio.recurso("Redis").exigir()


@pytest.fixture
def consultas(servicio: Servicio) -> Iterator[Consultas]:
    """Las consultas del programa, si está en este proceso."""
    if servicio.direccion and (servicio.proceso is not None or not servicio.ajustes):
        pytest.skip("las consultas solo se pueden contar con el programa aquí mismo")
    contador = Consultas()
    yield contador
    contador.cerrar()


def ver(api: Api, slug: str) -> httpx2.Response:
    """GET /productos/{slug}."""
    return espera(api.get(f"/productos/{slug}"), 200, al="ver un producto (R1)")


def cache_de(respuesta: httpx2.Response) -> str:
    """Lo que dice X-Cache."""
    dice = str(respuesta.headers.get("x-cache", "")).upper()
    comprueba(
        dice in {"HIT", "MISS"},
        f"Se esperaba X-Cache: HIT o MISS en {respuesta.request.url.path}, y llegó "
        f"«{dice}»",
    )
    return dice


def precio(respuesta: httpx2.Response) -> str:
    """El de la primera variante de un producto."""
    return str(json_de(respuesta)["variantes"][0]["precio"])


def cambia_precio(api: Api, sku: str, nuevo: str) -> None:
    """PATCH /variantes/{sku}."""
    cambio = api.patch(f"/variantes/{sku}", {"precio": nuevo}, api.admin())
    espera(cambio, 200, al="cambiar un precio (R1)")


def uno(api: Api, **campos: Any) -> tuple[str, str]:
    """Un producto nuevo: su slug y su sku."""
    producto = api.producto("1.00", necesita="R6 necesita R1", **campos)
    return producto["slug"], producto["variantes"][0]["sku"]


# --- aciertos --------------------------------------------------------------------


def test_el_segundo_acierta(api: Api) -> None:
    """La primera vez es MISS y la segunda HIT, con el mismo contenido."""
    slug, _ = uno(api)
    api.categoria()
    for ruta in (f"/productos/{slug}", "/categorias"):
        primera, segunda = (espera(api.get(ruta), 200, al="leerlo") for _ in range(2))
        llego = [cache_de(primera), cache_de(segunda)]
        comprueba(llego == ["MISS", "HIT"], f"Se esperaba MISS y HIT, y llegó {llego}")
        comprueba(
            primera.json() == segunda.json()
            and primera.headers["content-type"] == segunda.headers["content-type"],
            f"Se esperaba lo mismo las dos veces, y llegó {segunda.text}",
        )


def test_un_acierto_no_toca_la_base(api: Api, consultas: Consultas) -> None:
    """Con lo guardado en Redis, la base de datos ni se entera."""
    slug, _ = uno(api)
    for ruta in (f"/productos/{slug}", "/categorias"):
        espera(api.get(ruta), 200, al="leerlo por primera vez")
        with consultas.contadas() as cuenta:
            aciertos = [cache_de(api.get(ruta)) for _ in range(5)]
        comprueba(
            cuenta == [0] and aciertos == ["HIT"] * 5,
            f"Se esperaban cinco HIT sin consultas en {ruta}, y llegó {aciertos} con "
            f"{cuenta[0]} consultas",
        )


@pytest.mark.aislada("redis")
def test_la_cache_esta_en_redis(api: Api) -> None:
    """Vaciar Redis vacía la caché: no hay otra escondida en la memoria del proceso."""
    slug, _ = uno(api)
    ver(api, slug)
    comprueba(cache_de(ver(api, slug)) == "HIT", "Se esperaba HIT a la segunda")
    ordenar(api.ajuste("REDIS_URL"), "FLUSHDB")
    llego = [cache_de(ver(api, slug)) for _ in range(2)]
    comprueba(
        llego == ["MISS", "HIT"], f"Se esperaba MISS tras vaciar Redis, y llegó {llego}"
    )


@pytest.mark.aislada("redis")
def test_lo_guardado_caduca(api: Api) -> None:
    """Todo lo que se deja en Redis tiene fecha: lo que nadie lee no se queda ahí."""
    slug, sku = uno(api)
    ver(api, slug)
    cambia_precio(api, sku, "2.00")
    ver(api, slug)
    api.get("/categorias")
    guion = """
        local eternas = {}
        for _, clave in ipairs(redis.call('KEYS', '*')) do
            if redis.call('TTL', clave) < 0 and clave ~= 'requisitos:en-uso' then
                table.insert(eternas, clave)
            end
        end
        return table.concat(eternas, ' ')
    """
    eternas = ordenar(api.ajuste("REDIS_URL"), "EVAL", guion, "0")
    comprueba(not eternas, f"Se esperaba que todo caducara, y no caduca: {eternas}")


@pytest.mark.aislada("redis")
def test_lo_que_no_se_entiende_no_vale(api: Api) -> None:
    """Si en Redis hay basura, es como si no hubiera nada."""
    slug, _ = uno(api)
    bueno = ver(api, slug).json()
    for basura in ("basura", '{"a": 1}', "\n", "[]", "null"):
        guion = """
            for _, clave in ipairs(redis.call('KEYS', '*')) do
                if clave ~= 'requisitos:en-uso' then
                    redis.call('SET', clave, ARGV[1], 'EX', 60)
                end
            end
            return 'OK'
        """
        ordenar(api.ajuste("REDIS_URL"), "EVAL", guion, "0", basura)
        llego = ver(api, slug).json()
        comprueba(
            llego == bueno,
            f"Se esperaba {bueno} con «{basura}» en Redis, y llegó {llego}",
        )
        espera(api.get("/categorias"), 200, al=f"ver el árbol con «{basura}» en Redis")


def test_lo_que_esta_a_medias_no_vale(api: Api) -> None:
    """Si a lo guardado le falta el final, no se enseña."""
    slug, _ = uno(api)
    bueno = [ver(api, slug).json() for _ in range(2)][-1]
    guion = """
        for _, clave in ipairs(redis.call('KEYS', '*')) do
            if redis.call('TYPE', clave).ok == 'string' then
                local largo = redis.call('STRLEN', clave)
                if largo > 60 then
                    local parte = redis.call('GETRANGE', clave, 0, -9)
                    redis.call('SET', clave, parte, 'EX', 60)
                end
            end
        end
        return 'OK'
    """
    ordenar(api.ajuste("REDIS_URL"), "EVAL", guion, "0")
    respuesta = ver(api, slug)
    llego = json_de(espera(respuesta, 200, al="ver lo que en Redis está a medias"))
    comprueba(llego == bueno, f"Se esperaba {bueno}, y llegó {llego}")


# --- cambios ---------------------------------------------------------------------


def test_un_cambio_se_ve_enseguida(api: Api) -> None:
    """Después de cada cambio de un producto, nadie ve lo de antes."""
    slug, sku = uno(api)
    for cambio, donde in (
        ({"precio": "2.00"}, f"/variantes/{sku}"),
        ({"existencias": 7}, f"/variantes/{sku}"),
        ({"nombre": "Otra talla"}, f"/variantes/{sku}"),
        ({"nombre": "Otro nombre"}, f"/productos/{slug}"),
        ({"descripcion": "Otra"}, f"/productos/{slug}"),
        ({"categoria": api.categoria()}, f"/productos/{slug}"),
    ):
        for _ in range(2):
            ver(api, slug)
        espera(api.patch(donde, cambio, api.admin()), 200, al=f"cambiarlo con {cambio}")
        [(campo, valor)] = cambio.items()
        for _ in range(2):
            producto = json_de(ver(api, slug))
            de = producto["variantes"][0] if "variantes" in donde else producto
            comprueba(
                de[campo] == valor,
                f"Se esperaba {campo} {valor!r} después de cambiarlo, y llegó "
                f"{de[campo]!r}",
            )
    espera(api.delete(f"/productos/{slug}", api.admin()), 204, al="retirarlo")
    problema(api.get(f"/productos/{slug}"), 404, "ver lo que se acaba de retirar")


def test_vender_y_cancelar_se_ven_enseguida(api: Api) -> None:
    """Las existencias que se ven son las que quedan (R6 necesita R3)."""
    ana = api.nueva()
    slug, sku = uno(api, quedan=5)
    for _ in range(2):
        ver(api, slug)
    pedido = api.pedido(ana, sku, cantidad=2, necesita="R6 necesita R3")["id"]
    for _ in range(2):
        llego = api.quedan(sku)
        comprueba(llego == 3, f"Se esperaba que quedaran 3 al vender 2, y {llego}")
    espera(api.pasar(pedido, "cancelado", ana), 200, al="cancelarlo (R3)")
    for _ in range(2):
        llego = api.quedan(sku)
        comprueba(llego == 5, f"Se esperaba que quedaran 5 al cancelar, y {llego}")


def test_el_arbol_se_ve_enseguida(api: Api) -> None:
    """Crear, mover, cambiar y borrar categorías se ve en el árbol."""

    def mira(texto: str, esta: bool, que: str) -> None:
        for _ in range(2):
            arbol = espera(api.get("/categorias"), 200, al="ver el árbol").text
            comprueba((texto in arbol) is esta, f"Se esperaba ver el árbol {que}")

    mira("[", True, "antes")
    slug = api.categoria()
    mira(slug, True, "con la nueva")
    cambio = {"nombre": f"Nombre de {slug}", "padre": api.una_categoria()}
    espera(api.patch(f"/categorias/{slug}", cambio, api.admin()), 200, al="cambiarla")
    mira(cambio["nombre"], True, "con el nombre nuevo")
    espera(api.delete(f"/categorias/{slug}", api.admin()), 204, al="borrarla")
    mira(slug, False, "sin la borrada")


def test_lo_que_no_cambia_se_queda(api: Api) -> None:
    """Cambiar un producto, o crear uno, no echa de la caché a los demás ni al árbol."""
    (slug, sku), (otro, _) = uno(api), uno(api)
    for _ in range(2):
        categoria = json_de(ver(api, otro))["categoria"]
        api.get("/categorias")
    cambia_precio(api, sku, "2.00")
    api.producto(categoria=categoria)
    for respuesta in (ver(api, otro), api.get("/categorias")):
        llego = cache_de(respuesta)
        comprueba(
            llego == "HIT", f"Se esperaba HIT en lo que no ha cambiado, y {llego}"
        )
    comprueba(precio(ver(api, slug)) == "2.00", "Se esperaba el precio nuevo")


def test_quien_leia_antes_del_cambio_no_lo_guarda(
    api: Api, consultas: Consultas
) -> None:
    """Uno lee lo viejo, otro lo cambia, y el primero acaba tarde: se ve lo nuevo."""
    (otro, _), (slug, sku) = uno(api), uno(api)
    with consultas.contadas() as cuantas:
        ver(api, otro)
    api.admin()
    consultas.parar_tras(cuantas[0])
    with ThreadPoolExecutor(2) as hilos:
        tarde = hilos.submit(ver, api, slug)
        try:
            comprueba(consultas.leido(), "Se esperaba que leyera la base, y no la lee")
            cambia_precio(api, sku, "2.00")
            despues = hilos.submit(ver, api, slug)
            wait([despues], 0.3)  # que pida mientras el otro sigue leyendo
        finally:
            consultas.seguir()
        tarde.result()
        llego = precio(despues.result())
        comprueba(
            llego == "2.00", f"Se esperaba 2.00 a quien llegó después, y llegó {llego}"
        )
    for _ in range(3):
        llego = precio(ver(api, slug))
        comprueba(
            llego == "2.00", f"Se esperaba el precio nuevo, 2.00, y llegó {llego}"
        )


def test_leer_y_cambiar_a_la_vez(api: Api) -> None:
    """Mientras unos leen sin parar, tras cada cambio se ve lo cambiado."""
    slug, sku = uno(api)
    basta = threading.Event()

    def leer() -> None:
        while not basta.is_set():
            ver(api, slug)

    with ThreadPoolExecutor(4) as hilos:
        lectores = [hilos.submit(leer) for _ in range(4)]
        try:
            for numero in range(2, 14):
                cambia_precio(api, sku, f"{numero}.00")
                llego = precio(ver(api, slug))
                comprueba(
                    llego == f"{numero}.00",
                    f"Se esperaba {numero}.00 después de cambiarlo, y llegó {llego}",
                )
                nombre = {"nombre": f"Cosa {numero}"}
                cambio = api.patch(f"/productos/{slug}", nombre, api.admin())
                espera(cambio, 200, al="cambiarle el nombre (R1)")
                llego = json_de(ver(api, slug))["nombre"]
                comprueba(
                    llego == nombre["nombre"],
                    f"Se esperaba {nombre} después de cambiarlo, y llegó {llego}",
                )
        finally:
            basta.set()
        for lector in lectores:
            lector.result()


# --- muchos a la vez -------------------------------------------------------------


def test_cincuenta_a_la_vez_leen_una_vez(api: Api, consultas: Consultas) -> None:
    """Cincuenta piden lo que no está, con la base lenta: se lee una sola vez."""
    (otro, _), (slug, _) = uno(api), uno(api)
    with consultas.contadas() as lo_de_uno:
        ver(api, otro)
    with consultas.despacio(0.1), consultas.contadas() as lo_de_todos:
        respuestas = api.a_la_vez([partial(ver, api, slug)] * 50)
    comprueba(
        lo_de_todos[0] <= lo_de_uno[0],
        f"Se esperaban las {lo_de_uno[0]} consultas de una sola lectura para los "
        f"cincuenta, y se hicieron {lo_de_todos[0]}",
    )
    distintas = {respuesta.text for respuesta in respuestas}
    comprueba(len(distintas) == 1, f"Se esperaba lo mismo para todos: {distintas}")
    comprueba(cache_de(ver(api, slug)) == "HIT", "Se esperaba HIT después")


def test_dos_productos_no_se_esperan(api: Api, consultas: Consultas) -> None:
    """Mientras se lee despacio un producto, lo guardado de otro sale al momento."""
    (lento, _), (guardado, _) = uno(api), uno(api)
    ver(api, guardado)
    with consultas.despacio(0.3), ThreadPoolExecutor(1) as hilo:
        tarde = hilo.submit(ver, api, lento)
        time.sleep(0.1)
        inicio = time.monotonic()
        llego = cache_de(ver(api, guardado))
        tardo = time.monotonic() - inicio
        acabado = tarde.done()
        tarde.result()
    comprueba(
        llego == "HIT" and not acabado,
        f"Se esperaba un HIT sin esperar al otro, y llegó {llego} en {tardo:.2f} s",
    )


def test_si_el_que_lee_falla_los_demas_no_se_quedan_esperando(api: Api) -> None:
    """Diez piden a la vez lo que no existe: diez 404, y luego se puede crear."""
    slug = api.producto()["slug"]
    espera(api.delete(f"/productos/{slug}", api.admin()), 204, al="retirarlo (R1)")
    for respuesta in api.a_la_vez([partial(api.get, f"/productos/{slug}")] * 10):
        problema(respuesta, 404, "pedir a la vez lo que no existe")
    nuevo = f"{slug}-nuevo"
    problema(api.get(f"/productos/{nuevo}"), 404, "pedir lo que aún no existe")
    api.producto(slug=nuevo)
    ver(api, nuevo)


# --- sin Redis -------------------------------------------------------------------


@dataclass
class Tienda:
    """Un programa que llega a Redis por un puente, para cortarlo."""

    api: Api
    puente: Puente


@pytest.fixture(scope="module")
def tienda(servicios: Servicios, cliente: httpx2.Client) -> Iterator[Tienda]:
    """La misma para todas las pruebas de Redis caído."""
    servicio = servicios.nuevo()
    puente: Puente | None = None
    try:
        url = servicio.preparar()["REDIS_URL"]
        servicio.recurso("Redis").exigir()
        puente = Puente(url)
        servicio.arrancar(REDIS_URL=puente.url)
        yield Tienda(Api(servicio, cliente), puente)
    finally:
        servicio.cerrar()
        if puente:
            puente.cerrar()


def averia(tienda: Tienda, como: str) -> AbstractContextManager[None]:
    """Redis caído (nadie escucha) o colgado (nadie contesta)."""
    return tienda.puente.cortado() if como == "caído" else tienda.puente.colgado()


def deprisa(tarea: Any, que: str) -> Any:
    """Hace algo, y falla si tarda demasiado."""
    inicio = time.monotonic()
    respuesta = tarea()
    tardo = time.monotonic() - inicio
    comprueba(
        tardo < PRISA, f"Se esperaba {que} en menos de {PRISA} s, y tardó {tardo:.1f}"
    )
    return respuesta


def vuelve_a_acertar(api: Api, slug: str, esperado: str) -> None:
    """Falla si se ve otro precio, o si no acaba acertando."""
    final = time.monotonic() + 5
    while True:
        respuesta = ver(api, slug)
        llego = precio(respuesta)
        comprueba(
            llego == esperado,
            f"Se esperaba {esperado} cuando Redis ha vuelto, y llegó {llego}",
        )
        if cache_de(respuesta) == "HIT":
            return
        comprueba(
            time.monotonic() < final, "Se esperaba HIT cuando Redis ha vuelto, y MISS"
        )
        time.sleep(0.05)


@pytest.mark.aislada("redis")
@pytest.mark.parametrize("como", ["caído", "colgado"], ids=["caido", "colgado"])
def test_sin_redis_la_tienda_sigue(tienda: Tienda, como: str) -> None:
    """Leer, cambiar y vender funcionan igual, y sin hacer esperar."""
    api = tienda.api
    slug, sku = uno(api, quedan=5)
    ana = api.nueva()
    ver(api, slug)
    with averia(tienda, como):
        for numero in (2, 3):
            cambiar = partial(cambia_precio, api, sku, f"{numero}.00")
            deprisa(cambiar, f"cambiar un precio con Redis {como}")
            leer = partial(ver, api, slug)
            llego = precio(deprisa(leer, f"ver un producto con Redis {como}"))
            comprueba(
                llego == f"{numero}.00",
                f"Se esperaba {numero}.00 con Redis {como}, y llegó {llego}",
            )
        total = api.llenar(ana, sku)
        comprar = partial(api.comprar, ana, total)
        comprado = deprisa(comprar, f"comprar con Redis {como}")
        espera(comprado, 201, al=f"comprar con Redis {como} (R3)")
        espera(api.get("/categorias"), 200, al=f"ver el árbol con Redis {como}")
        nuevo, _ = uno(api)
        ver(api, nuevo)
    vuelve_a_acertar(api, slug, "3.00")
    comprueba(api.quedan(sku) == 4, "Se esperaba que quedaran 4 cuando ha vuelto")


@pytest.mark.aislada("redis")
@pytest.mark.parametrize("como", ["caído", "colgado"], ids=["caido", "colgado"])
def test_lo_que_cambio_sin_redis_no_vuelve(tienda: Tienda, como: str) -> None:
    """Redis vuelve con lo que guardaba, y lo que cambió entonces no se ve nunca."""
    api = tienda.api
    (slug, sku), (otro, _) = uno(api), uno(api)
    for _ in range(2):
        ver(api, slug)
        ver(api, otro)
    with averia(tienda, como):
        cambia_precio(api, sku, "2.00")
        if como == "colgado":
            ver(api, slug)
    ver(api, otro)
    vuelve_a_acertar(api, slug, "2.00")


@pytest.mark.aislada("redis")
def test_se_corta_y_vuelve_bajo_carga(tienda: Tienda) -> None:
    """Redis va y viene mientras se lee y se cambia: ni un 5xx, ni un precio viejo."""
    api = tienda.api
    productos = [uno(api) for _ in range(4)]
    basta = threading.Event()

    def mover(slug: str, sku: str) -> str:
        numero = 1
        while not basta.is_set():
            numero += 1
            cambia_precio(api, sku, f"{numero}.00")
            for _ in range(3):
                llego = precio(ver(api, slug))
                comprueba(
                    llego == f"{numero}.00",
                    f"Se esperaba {numero}.00 después de cambiarlo, y llegó {llego}",
                )
        return f"{numero}.00"

    with ThreadPoolExecutor(4) as hilos:
        trabajos = [hilos.submit(mover, *producto) for producto in productos]
        try:
            for _ in range(3):
                time.sleep(0.15)
                with tienda.puente.cortado():
                    time.sleep(0.15)
        finally:
            basta.set()
        ultimos = [trabajo.result() for trabajo in trabajos]
    for (slug, _), ultimo in zip(productos, ultimos, strict=True):
        vuelve_a_acertar(api, slug, ultimo)


@pytest.mark.aislada("redis")
def test_arranca_sin_redis(tienda: Tienda) -> None:
    """El programa arranca aunque Redis no esté, y lo usa cuando llega."""
    api = tienda.api
    slug, _ = uno(api)
    with tienda.puente.cortado():
        api.servicio.reiniciar()
        ver(api, slug)
    vuelve_a_acertar(api, slug, "1.00")


@pytest.mark.aislada("redis")
def test_redis_se_para_y_arranca(api: Api) -> None:
    """El Redis de verdad se para y se vuelve a arrancar, con lo que tenía guardado."""
    slug, sku = uno(api)
    for _ in range(2):
        ver(api, slug)
    with api.servicio.recurso("Redis").parado():
        cambia_precio(api, sku, "2.00")
        llego = precio(ver(api, slug))
        comprueba(llego == "2.00", f"Se esperaba 2.00 sin Redis, y llegó {llego}")
    vuelve_a_acertar(api, slug, "2.00")
