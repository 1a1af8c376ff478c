# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Uso de expresiones regulares."""

from pathlib import Path

from motor.programa import Resultado, a_la_vez
from requisitos.apoyo import (
    Analizador,
    comprobar,
    comprobar_codigo,
    entradas_de,
    guardar,
    tabla,
)

TIENDA = r"""
[formatos.tienda]
patron = '(?P<momento>.+) \[(?P<nivel>\w+)\](?: (?P<cliente>\S+))? «(?P<mensaje>.*)»'
fecha = "%d/%m/%Y %H:%M:%S"

[formatos.almacen]
patron = 'almacén (?P<momento>[^:]+): (?P<mensaje>.+)'
fecha = "%d.%m.%Y %H.%M %z"

[formatos.balanceador]
patron = '''(?x)  # con (?x), los espacios y los comentarios del patrón no cuentan
(?P<momento>\S+) \ (?P<programa>\w+) \ (?P<metodo>GET|POST) \ (?P<ruta>\S+)
\ (?P<estado>\S+) \ (?P<duracion_ms>\S+)ms
'''
"""
BUENA = '{"time": "2026-03-01T09:00:00Z", "level": "info", "msg": "buena"}'


def formatos(ruta: Path, texto: str) -> Path:
    """Un archivo de formatos propios."""
    ruta.write_text(texto, encoding="utf-8")
    return ruta


def con_patron(carpeta: Path, patron: str) -> Path:
    """Un archivo de formatos con uno solo, «hostil», que tiene ese patrón."""
    texto = f"[formatos.hostil]\npatron = '{patron}'\n"
    return formatos(carpeta / "propios.toml", texto)


def test_formatos_propios(analizador: Analizador, tmp_path: Path) -> None:
    """Un patrón con grupos con nombre da entradas como las de los demás formatos."""
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    log = guardar(
        tmp_path / "tienda.log",
        [
            "01/03/2026 09:00:00 [warn] 10.0.0.7 «Pedido nº 7»",
            "01/03/2026 09:00:01 [Error] «sin cliente»",
            "2026-03-01T10:00:02.5+01:00 lb1 GET /posts?p=1 502 12.6ms",
            "2026-03-01T09:00:03 lb1 POST /posts nada muchoms",
            "almacén 01.03.2026 04.01 -0500: llega un camión",
        ],
    )
    # Una hora sin zona es UTC, esté donde esté el ordenador.
    entorno = {"TZ": "Pacific/Kiritimati"}
    entradas = analizador.leer("--formatos", propios, log, entorno=entorno)
    assert len(entradas) == 5, f"Se esperaban 5 entradas, y llegaron {len(entradas)}"
    comprobar(
        entradas[0],
        momento="2026-03-01T09:00:00Z",
        nivel="WARNING",
        cliente="10.0.0.7",
        mensaje="Pedido nº 7",
        ruta=None,
        formato="tienda",
        origen=str(log),
        linea=1,
    )
    comprobar(entradas[1], nivel="ERROR", cliente=None, mensaje="sin cliente")
    comprobar(
        entradas[2],
        momento="2026-03-01T09:00:02.500Z",
        nivel="ERROR",
        programa="lb1",
        metodo="GET",
        ruta="/posts",
        estado=502,
        duracion_ms=13,
        formato="balanceador",
    )
    comprobar(entradas[3], estado=None, duracion_ms=None, nivel=None, ruta="/posts")
    comprobar(entradas[4], momento="2026-03-01T09:01:00Z", formato="almacen")


def test_los_propios_van_primero(analizador: Analizador, tmp_path: Path) -> None:
    """Se prueban primero los formatos propios, en su orden; después, los de siempre."""
    propios = formatos(
        tmp_path / "propios.toml",
        "[formatos.zeta]\n"
        """patron = '\\{"time": "(?P<momento>[^"]+)", "level": "warn".*'\n"""
        "[formatos.alfa]\n"
        """patron = '\\{"time": "(?P<momento>[^"]+)", "level": "(?P<nivel>e|w).*'\n""",
    )
    log = guardar(
        tmp_path / "app.log",
        [BUENA.replace("info", "warn"), BUENA.replace("info", "error"), BUENA],
    )
    llego = [
        entrada["formato"] for entrada in analizador.leer("--formatos", propios, log)
    ]
    esperado = ["zeta", "alfa", "json"]
    assert llego == esperado, f"Se esperaba {esperado}, y llegó {llego}"


def test_solo_un_formato_propio(analizador: Analizador, tmp_path: Path) -> None:
    """Con --formato y el nombre de uno propio, lo demás está roto."""
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    lineas = [BUENA, "01/03/2026 09:00:00 [info] «hola»", "2026-03-01 lb GET / 200 1ms"]
    log = guardar(tmp_path / "app.log", lineas)
    resultado = analizador.ordena(
        "leer", "--formatos", propios, "--formato", "tienda", log
    )
    comprobar_codigo(resultado, 0)
    llego = [entrada["formato"] for entrada in entradas_de(resultado)]
    assert llego == ["tienda"], f"Se esperaba una entrada, tienda, y llegó {llego}"
    assert "2 líneas rotas" in resultado.error, (
        f"Se esperaban 2 líneas rotas:\n{resultado}"
    )


def test_la_linea_entera(analizador: Analizador, tmp_path: Path) -> None:
    """El patrón tiene que encajar con la línea entera, y el momento, existir."""
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    log = guardar(
        tmp_path / "tienda.log",
        [
            "01/03/2026 09:00:00 [info] «entera»",
            "01/03/2026 09:00:00 [info] «sobra» esto",
            "sobra 01/03/2026 09:00:00 [info] «esto»",
            "31/02/2026 09:00:00 [info] «día imposible»",
            "2026-03-01T09:00:00 [info] «otra fecha»",
        ],
    )
    resultado = analizador.ordena("leer", "--formatos", propios, log)
    comprobar_codigo(resultado, 0)
    mensajes = [entrada["mensaje"] for entrada in entradas_de(resultado)]
    assert mensajes == ["entera"], f"Se esperaba solo «entera», y llegó {mensajes}"
    assert "4 líneas rotas" in resultado.error, (
        f"Se esperaban 4 líneas rotas:\n{resultado}"
    )


def test_las_estadisticas_tambien(analizador: Analizador, tmp_path: Path) -> None:
    """Los formatos propios sirven en todas las órdenes."""
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    lineas = [f"2026-03-01T09:00:0{n} lb GET /a 50{n} 7ms" for n in range(5)]
    log = guardar(tmp_path / "app.log", lineas)
    rutas = tabla(analizador.informe("--formatos", propios, log), "ruta")
    assert rutas == {"/a": (5, 5)}, (
        f"Se esperaban 5 entradas de /a, todas error, y llegó {rutas}"
    )
    resultado = analizador.exporta("--tipo", "csv", "--formatos", propios, log)
    assert "ruta,/a,5,5,1" in resultado.salida, (
        f"Se esperaba una fila con las 5 entradas de /a:\n{resultado}"
    )


def rechazado(resultado: Resultado, nombre: str) -> None:
    """Comprueba que la configuración se rechaza, y que se dice qué está mal en ella."""
    comprobar_codigo(resultado, 2)
    assert nombre in resultado.error, (
        f"Se esperaba que la explicación dijera «{nombre}»:\n{resultado}"
    )
    assert not resultado.salida, (
        f"Con un error de uso no se esperaba nada por la salida normal:\n{resultado}"
    )


PATRONES_MALOS = {
    "sin cerrar": "(?P<momento>.*",
    "sin momento": "(?P<mensaje>.*)",
    "grupo desconocido": "(?P<momento>.*) (?P<color>.*)",
    "grupo que pone el programa": "(?P<momento>.*) (?P<linea>.*)",
    "otro que pone el programa": "(?P<momento>.*) (?P<origen>.*)",
    "y otro": "(?P<momento>.*) (?P<formato>.*)",
    "demasiadas veces": "(?P<momento>.{99999999999999999999})",
}


def test_patrones_mal_escritos(analizador: Analizador, tmp_path: Path) -> None:
    """Un patrón que no sirve se rechaza con un 2, y se dice de qué formato es."""
    log = guardar(tmp_path / "app.log", [BUENA])
    casos = []
    for numero, patron in enumerate(PATRONES_MALOS.values()):
        (tmp_path / str(numero)).mkdir()
        casos.append(con_patron(tmp_path / str(numero), patron))
    resultados = a_la_vez(
        lambda m: analizador.ordena("leer", "--formatos", m, log), casos
    )
    for resultado in resultados:
        rechazado(resultado, "hostil")


FORMATOS_MALOS = {
    **{
        f"se llama {nombre}": (
            f"[formatos.bueno]\npatron = '(?P<momento>.*)'\n"
            f"[formatos.{nombre}]\npatron = '(?P<momento>.*)'",
            nombre,
        )
        for nombre in ("combined", "json", "auto")
    },
    "sin patrón": ("[formatos.hostil]\nfecha = '%Y'", "hostil"),
    "patrón que no es texto": ("[formatos.hostil]\npatron = 3", "hostil"),
    "no es TOML": ("[formatos.hostil\npatron = ", "propios.toml"),
    "no es UTF-8": ("[formatos.x]\npatron = '(?P<momento>\udce9)'", "propios.toml"),
}


def test_archivos_de_formatos_malos(analizador: Analizador, tmp_path: Path) -> None:
    """Un archivo de formatos que falta o está mal se rechaza con un 2."""
    log = guardar(tmp_path / "app.log", [BUENA])
    casos = [(tmp_path / "falta" / "propios.toml", "propios.toml")]
    for numero, (texto, nombre) in enumerate(FORMATOS_MALOS.values()):
        carpeta = tmp_path / str(numero)
        carpeta.mkdir()
        (carpeta / "propios.toml").write_bytes(texto.encode("utf-8", "surrogateescape"))
        casos.append((carpeta / "propios.toml", nombre))
    resultados = a_la_vez(
        lambda c: analizador.ordena("leer", "--formatos", c[0], log), casos
    )
    for resultado, (_, nombre) in zip(resultados, casos, strict=True):
        rechazado(resultado, nombre)


def test_un_formato_que_no_existe(analizador: Analizador, tmp_path: Path) -> None:
    """Un --formato desconocido es un 2, y se dice cuáles hay, los propios también."""
    log = guardar(tmp_path / "app.log", [BUENA])
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    resultado = analizador.ordena(
        "leer", "--formatos", propios, "--formato", "apache", log
    )
    rechazado(resultado, "apache")
    for nombre in ("combined", "json", "syslog", "python", "tienda", "balanceador"):
        assert nombre in resultado.error, (
            f"Se esperaba que dijera que hay un formato «{nombre}»:\n{resultado}"
        )


EXPONENCIALES = [
    "(a+)+",
    r"(\w+\s?)*",
    "(a|a)*",
    "(?:a{1,30}){1,30}",
    "(?:a?){40}a{40}",
    "(?x: (a +) + )",
]


def test_un_patron_exponencial(analizador: Analizador, tmp_path: Path) -> None:
    """Un patrón de tiempo exponencial se rechaza (2), o su línea cuenta como rota."""
    log = guardar(
        tmp_path / "app.log",
        [
            "2026-03-01T09:00:00Z aaaa",
            f"2026-03-01T09:00:00Z {'a' * 48}!",
            BUENA,
            "2026-03-01T09:00:00Z aaaa",
        ],
    )
    casos = []
    for numero, patron in enumerate(EXPONENCIALES):
        (tmp_path / str(numero)).mkdir()
        entero = rf"(?P<momento>\S+) (?P<mensaje>{patron})"
        casos.append(con_patron(tmp_path / str(numero), entero))
    # Si el programa se queda colgado, esta llamada falla por sí sola.
    resultados = a_la_vez(
        lambda m: analizador.ordena("leer", "--formatos", m, log), casos
    )
    for patron, resultado in zip(EXPONENCIALES, resultados, strict=True):
        if resultado.codigo == 2:
            rechazado(resultado, "hostil")
            continue
        comprobar_codigo(resultado, 0)
        lineas = [entrada["linea"] for entrada in entradas_de(resultado)]
        assert 3 in lineas and 2 not in lineas and "app.log:2:" in resultado.error, (
            f"Con el patrón {patron} se esperaba que la línea 2 contara como rota, y "
            f"que la 3 se leyera:\n{resultado}"
        )
        assert (1 in lineas) == (4 in lineas), (
            f"Con el patrón {patron} solo se esperaba perder la línea 2: la 4 es igual "
            f"que la 1, y llegaron {lineas}:\n{resultado}"
        )


INOFENSIVOS = {
    "veces fijas": (r"(?P<cliente>(?:\d{1,3}\.){3}\d{1,3})", "10.0.0.255"),
    "opcional": (r"(?P<programa>\w+)(?: \[(?P<ruta>[^\]]+)\])?", "web [/a b]"),
    "alternativa": (
        "(?P<nivel>INFO|WARN|ERROR) (?P<mensaje>.*)",
        "WARN ojo (con esto)+",
    ),
    "fijo repetido": (r"(?P<duracion_ms>\d+)ms(?:,\d{3})*", "15ms,001,002"),
    "paréntesis de verdad": (r"\(a+\)+ [(+]+ (?P<mensaje>\S+)", "(aa))) ((+ hola"),
    "tres campos": (r"(?:\S+ ){3}(?P<mensaje>.+)", "uno dos tres cuatro"),
}


def test_los_patrones_corrientes_se_admiten(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Protegerse no es rechazarlo todo: los patrones corrientes se admiten."""
    propios = formatos(
        tmp_path / "propios.toml",
        "".join(
            f"[formatos.f{n}]\npatron = '(?P<momento>\\S+) f{n} {patron}'\n"
            for n, (patron, _) in enumerate(INOFENSIVOS.values())
        ),
    )
    log = guardar(
        tmp_path / "app.log",
        (
            f"2026-03-01T09:00:00Z f{n} {texto}"
            for n, (_, texto) in enumerate(INOFENSIVOS.values())
        ),
    )
    resultado = analizador.ordena("leer", "--formatos", propios, log)
    comprobar_codigo(resultado, 0)
    llego = [entrada["formato"] for entrada in entradas_de(resultado)]
    esperado = [f"f{n}" for n in range(len(INOFENSIVOS))]
    assert llego == esperado, (
        f"Se esperaba que cada patrón entendiera su línea:\n{resultado}"
    )


def test_lineas_hostiles_para_los_patrones_de_fabrica(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Los patrones del propio programa tampoco se atascan con una línea retorcida."""
    propios = formatos(tmp_path / "propios.toml", TIENDA)
    n = 20_000
    hostiles = [
        '1.1.1.1 - - [01/Mar/2026:09:00:00 +0000] "' + '\\"' * n,
        '1.1.1.1 - - [01/Mar/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 5 "' + '" "' * n,
        "1 " * n,
        "<34>1 2026-03-01T09:00:00Z e p - - [a" + ' b="c"' * n,
        "<34>1 2026-03-01T09:00:00Z e p - - " + "[a]" * n + "[",
        "2026-03-01 09:00:00,000 - " + "a - " * n,
        "2026-03-01 09:00:00,000 ERROR " + "a:" * n,
        '{"time": "' + "2026-" * n + '"}',
        "01/03/2026 09:00:00 [info] «" + "»«" * n,
    ]
    log = guardar(tmp_path / "hostil.log", [*hostiles, BUENA])
    # Lo que cuenta es que acabe: alguna de ellas puede entenderse.
    entradas = analizador.leer("--formatos", propios, log)
    lineas = [entrada["linea"] for entrada in entradas]
    assert lineas[-1:] == [len(hostiles) + 1], (
        f"Se esperaba llegar a la última línea y entenderla, y llegó {lineas}"
    )
