# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · Logging propio de la aplicación."""

import gzip
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from motor.programa import a_la_vez
from requisitos.apoyo import (
    Analizador,
    comprobar_codigo,
    entradas_de,
    guardar,
    instante,
)
from requisitos.logs import sucesos

APUNTE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR|CRITICAL) "
    r"analizador[.\w]*: (.*)"
)

BUENA = '{"time": "2026-03-01T09:00:00Z", "msg": "buena"}'
DEPURANDO = ["--nivel-log", "DEBUG"]


def log_normal(carpeta: Path) -> Path:
    """Un log sin problemas."""
    return guardar(carpeta / "normal.log", [s.como_json() for s in sucesos(5)])


def log_con_rotas(carpeta: Path) -> Path:
    """Un log con dos líneas rotas."""
    lineas = ["rota uno", *(s.como_json() for s in sucesos(5)), "rota dos"]
    return guardar(carpeta / "con_rotas.log", lineas)


def apuntes(texto: str) -> list[tuple[str, str]]:
    """El nivel y el mensaje de cada apunte del registro."""
    vistos = []
    for linea in texto.removesuffix("\n").split("\n"):
        apunte = APUNTE.fullmatch(linea)
        assert apunte, (
            "Se esperaban apuntes como «2026-03-01 09:00:00,123 INFO analizador: …», "
            f"y hay esta línea:\n{linea!r}"
        )
        vistos.append((apunte[1], apunte[2]))
    return vistos


def registro_de(archivo: Path) -> list[tuple[str, str]]:
    """Los apuntes de un archivo."""
    assert archivo.is_file(), f"Se esperaba que el registro estuviera en {archivo.name}"
    return apuntes(archivo.read_bytes().decode("utf-8").replace("\r\n", "\n"))


def con_registro(nivel: str, archivo: Path) -> list[str | Path]:
    """Las opciones para apuntar en un archivo."""
    return ["--nivel-log", nivel, "--log", archivo]


def test_apagado_si_no_se_pide(analizador: Analizador, tmp_path: Path) -> None:
    """Sin opciones no hay registro: con un log sin problemas, no se dice nada."""
    log = log_normal(tmp_path)
    resultado = analizador.ordena("leer", log)
    comprobar_codigo(resultado, 0)
    assert resultado.error == "", (
        f"No se esperaba nada por la salida de error:\n{resultado}"
    )


def test_nunca_se_mezcla_con_el_informe(analizador: Analizador, tmp_path: Path) -> None:
    """La salida normal es la misma, byte a byte, con el registro o sin él."""
    log = log_con_rotas(tmp_path)
    ordenes = [["leer"], ["exportar", "--tipo", "csv"]]
    casos = [[*registro, *orden] for orden in ordenes for registro in ([], DEPURANDO)]
    resultados = a_la_vez(lambda caso: analizador.ordena(*caso, log), casos)
    for sin, con in zip(resultados[::2], resultados[1::2], strict=True):
        comprobar_codigo(sin, 0)
        assert sin.salida, f"Se esperaba una salida:\n{sin}"
        assert con.salida == sin.salida, (
            f"Se esperaba la misma salida que sin registro:\n{sin}\ny llegó:\n{con}"
        )
        assert "DEBUG analizador" in con.error, (
            f"Se esperaban los apuntes por la salida de error:\n{con}"
        )


def test_niveles(analizador: Analizador, tmp_path: Path) -> None:
    """--nivel-log dice desde qué nivel se apunta."""
    ordenes = ["leer", log_con_rotas(tmp_path), tmp_path / "falta.log"]
    niveles = ["INFO", "WARNING", "ERROR"]
    resultados = a_la_vez(
        lambda nivel: analizador.ordena(
            *con_registro(nivel, tmp_path / f"{nivel}.txt"), *ordenes
        ),
        niveles,
    )
    for indice, resultado in enumerate(resultados):
        comprobar_codigo(resultado, 1)
        archivo = tmp_path / f"{niveles[indice]}.txt"
        texto = archivo.read_text(encoding="utf-8") if archivo.exists() else ""
        vistos = {nivel for nivel, _ in apuntes(texto)} if texto else set()
        esperado = set(niveles[indice:])
        assert vistos == esperado, (
            f"Con --nivel-log {niveles[indice]} se esperaban apuntes de "
            f"{sorted(esperado)}, y hay de {sorted(vistos)}:\n{texto}"
        )


def test_que_se_apunta(analizador: Analizador, tmp_path: Path) -> None:
    """DEBUG, cada línea rota; INFO, cada archivo; WARNING, con rotas; ERROR, si falla.

    Y lo que la persona tiene que saber sigue saliendo por la salida de error.
    """
    propio = tmp_path / "propio.log"
    cortado = tmp_path / "cortado.gz"
    cortado.write_bytes(gzip.compress(log_normal(tmp_path).read_bytes())[:-9])
    logs = [log_normal(tmp_path), log_con_rotas(tmp_path)]
    logs += [tmp_path / "falta.log", cortado]
    resultado, apagado = a_la_vez(
        lambda opciones: analizador.ordena(*opciones, "leer", *logs),
        [con_registro("DEBUG", propio), []],
    )
    comprobar_codigo(resultado, 1)
    assert apagado.error == resultado.error, (
        "La persona tiene que ver lo mismo con el registro en un archivo:\n"
        f"{resultado}\nque apagado:\n{apagado}"
    )
    por_nivel: dict[str, str] = {}
    for nivel, mensaje in registro_de(propio):
        por_nivel[nivel] = por_nivel.get(nivel, "") + mensaje + "\n"
    for nivel, nombres in {
        "DEBUG": ["con_rotas.log", "rota uno", "rota dos"],
        "INFO": ["normal.log", "con_rotas.log"],
        "WARNING": ["con_rotas.log"],
        "ERROR": ["falta.log", "cortado.gz"],
    }.items():
        for nombre in nombres:
            assert nombre in por_nivel.get(nivel, ""), (
                f"Se esperaba un apunte de nivel {nivel} sobre {nombre}, y hay:\n"
                f"{por_nivel}"
            )
    for nombre in ("normal.log", "con_rotas.log"):
        veces = por_nivel["INFO"].count(nombre)
        assert veces >= 2, (
            f"Se esperaban apuntes INFO al empezar y al acabar {nombre}, y hay {veces}:"
            f"\n{por_nivel['INFO']}"
        )
    for parte in ("falta.log", "con_rotas.log:1:", "2 líneas rotas"):
        assert parte in resultado.error, (
            f"La persona también tiene que ver «{parte}»:\n{resultado}"
        )
    de_problemas = por_nivel["WARNING"] + por_nivel["ERROR"]
    assert "normal.log" not in de_problemas, (
        f"Con normal.log no pasa nada, y se apuntó:\n{de_problemas}"
    )


def test_en_archivo_y_no_en_la_pantalla(analizador: Analizador, tmp_path: Path) -> None:
    """Con --log y sin nivel se apunta desde INFO, solo en el archivo y sin borrarlo."""
    log, propio = log_con_rotas(tmp_path), tmp_path / "propio.log"
    propio.write_text(
        "2026-01-01 00:00:00,000 INFO analizador: de ayer\n", encoding="utf-8"
    )
    resultado = analizador.ordena("--log", propio, "leer", log)
    comprobar_codigo(resultado, 0)
    assert not any(map(APUNTE.fullmatch, resultado.error.splitlines())), (
        f"Se esperaban los apuntes solo en el archivo:\n{resultado}"
    )
    vistos = registro_de(propio)
    assert vistos[0] == ("INFO", "de ayer"), (
        f"Se esperaba que lo de ayer siguiera en el archivo, y hay {vistos}"
    )
    niveles = {nivel for nivel, _ in vistos[1:]}
    assert niveles == {"INFO", "WARNING"}, (
        f"Se esperaban apuntes INFO y WARNING, y ninguno DEBUG, y hay {vistos[1:]}"
    )


def test_rota_antes_de_pasarse_y_no_al_llegar(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Un registro que ocupa --log-max justo todavía cabe: no se cambia de archivo."""
    log, propio = log_con_rotas(tmp_path), tmp_path / "propio.log"
    comprobar_codigo(analizador.ordena("--log", propio, "leer", log), 0)
    justo = propio.stat().st_size
    propio.unlink()
    opciones = ["--log", propio, "--log-max", str(justo)]
    comprobar_codigo(analizador.ordena(*opciones, "leer", log), 0)
    medidas = [ruta.stat().st_size for ruta in sorted(tmp_path.glob("propio.log*"))]
    # Si los apuntes no miden siempre lo mismo, la segunda vez pudieron no caber.
    assert len(medidas) == 1 or sum(medidas) > justo, (
        f"Con --log-max {justo}, que es lo que ocupa el registro entero, se esperaba "
        f"un solo archivo, y hay varios, de {medidas} bytes"
    )
    # La próxima vez ya no cabe: cuenta también lo que había de antes.
    comprobar_codigo(analizador.ordena(*opciones, "leer", log), 0)
    medidas = [ruta.stat().st_size for ruta in sorted(tmp_path.glob("propio.log*"))]
    assert len(medidas) > 1 and max(medidas) <= justo, (
        f"Con el registro lleno de antes se esperaba cambiar de archivo, y que ninguno "
        f"pasara de {justo} bytes; miden {medidas}"
    )


def test_rota(analizador: Analizador, tmp_path: Path) -> None:
    """El registro cambia de archivo al llegar a --log-max, y guarda --log-copias."""
    propio = tmp_path / "registro" / "propio.log"
    propio.parent.mkdir()
    # De letras que ocupan dos bytes: el límite es de bytes.
    lineas = [f"línea rota número {n} {'ñ' * (n % 90)}" for n in range(300)]
    log = guardar(tmp_path / "rotas.log", lineas)
    opciones = ["--log-max", "4000", "--log-copias", "2"]
    resultado = analizador.ordena(
        *con_registro("DEBUG", propio), *opciones, "leer", log
    )
    comprobar_codigo(resultado, 0)
    medidas = {ruta.name: ruta.stat().st_size for ruta in propio.parent.iterdir()}
    esperado = ["propio.log", "propio.log.1", "propio.log.2"]
    assert sorted(medidas) == esperado, (
        f"Se esperaban {esperado}, y hay {sorted(medidas)}"
    )
    assert max(medidas.values()) <= 4000, (
        f"Se esperaba que ninguno pasara de 4000 bytes, y miden {medidas}"
    )
    for nombre in medidas:
        registro_de(propio.with_name(nombre))
    # Lo último está en el archivo, y lo de antes, en sus copias, sin que falte nada.
    orden = ["propio.log.2", "propio.log.1", "propio.log"]
    vistas = [
        int(re.findall(r"número (\d+)", mensaje)[0])
        for nombre in orden
        for nivel, mensaje in registro_de(propio.with_name(nombre))
        if nivel == "DEBUG" and "número" in mensaje
    ]
    assert vistas == list(range(300 - len(vistas), 300)), (
        f"Se esperaban las últimas líneas rotas, seguidas, y en {orden} hay {vistas}"
    )


def test_rota_aunque_no_se_diga_cuando(analizador: Analizador, tmp_path: Path) -> None:
    """Si no se dice, se cambia de archivo antes del millón de bytes, y quedan tres."""
    largo = guardar(tmp_path / "largo.log", ["ñ" * 200] * 2400)
    corto = guardar(tmp_path / "corto.log", ["ñ" * 200] * 60)
    grande, muchos = tmp_path / "grande", tmp_path / "muchos"
    for carpeta in (grande, muchos):
        carpeta.mkdir()
    casos = [
        [*con_registro("DEBUG", grande / "p.log"), "leer", largo],
        [*con_registro("DEBUG", muchos / "p.log"), "--log-max", "3000", "leer", corto],
    ]
    for resultado in a_la_vez(lambda caso: analizador.ordena(*caso), casos):
        comprobar_codigo(resultado, 0)
    medidas = {ruta.name: ruta.stat().st_size for ruta in grande.iterdir()}
    assert {"p.log", "p.log.1"} <= set(medidas), (
        f"Con más de un millón de bytes se esperaban dos archivos, y hay {medidas}"
    )
    assert 990_000 < medidas["p.log.1"] <= 1_000_000, (
        f"Se esperaba cambiar de archivo cerca de 1 000 000 de bytes, y hay {medidas}"
    )
    hay = sorted(ruta.name for ruta in muchos.iterdir())
    esperado = ["p.log", "p.log.1", "p.log.2", "p.log.3"]
    assert hay == esperado, f"Se esperaban {esperado}, y hay {hay}"


def test_el_programa_entiende_su_propio_registro(
    analizador: Analizador, tmp_path: Path
) -> None:
    """El registro es un log de Python, en UTC y en UTF-8: se puede analizar."""
    propio = tmp_path / "propio.log"
    log = guardar(tmp_path / "app.log", ["línea rota del ñandú"])
    entorno = {
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
    }
    orden = ["--nivel-log", "DEBUG", "--log", propio, "leer", log]
    comprobar_codigo(analizador.ordena(*orden, entorno=entorno), 0)
    entradas = analizador.leer(propio)
    assert entradas, "Se esperaban apuntes en el registro"
    formatos = {entrada["formato"] for entrada in entradas}
    assert formatos == {"python"}, f"Se esperaba python, y llegó {formatos}"
    assert any("ñandú" in entrada["mensaje"] for entrada in entradas), (
        f"Se esperaba la línea rota, «ñandú», en el registro: {entradas}"
    )
    ahora = datetime.now(UTC)
    momento = instante(entradas[-1]["momento"])
    # Kiritimati va 14 horas por delante: una hora de margen basta para distinguirlo.
    assert abs(ahora - momento) < timedelta(hours=1), (
        f"Se esperaba la hora en UTC, {ahora:%H:%M}, y el registro dice {momento:%H:%M}"
    )


def test_nadie_puede_falsificar_un_apunte(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Ni el nombre de un archivo ni una línea rota pueden inventarse un apunte."""
    falso = "2026-03-01 09:00:00,000 CRITICAL analizador.cli: falso"
    propio = tmp_path / "propio.log"
    log = guardar(tmp_path / "hostil.log", [f"\x1b[2J\r{falso}", f"a\u2028{falso}"])
    falta = f"{tmp_path / 'falta'}\n{falso}"
    resultado = analizador.ordena(*con_registro("DEBUG", propio), "leer", log, falta)
    comprobar_codigo(resultado, 1)
    crudo = propio.read_bytes().decode("utf-8").replace("\r\n", "\n")
    assert not set(crudo) & {"\x1b", "\r", "\u2028"}, (
        f"Se esperaban los caracteres de control escritos de otra forma:\n{crudo!r}"
    )
    vistos = registro_de(propio)
    niveles = {nivel for nivel, _ in vistos}
    assert "ERROR" in niveles and "CRITICAL" not in niveles, (
        f"Se esperaba un apunte ERROR y ninguno CRITICAL, y hay {vistos}"
    )
    lineas = resultado.error.split("\n")
    assert not any(linea.startswith(falso) for linea in lineas), (
        f"Tampoco se esperaba una línea falsa por la salida de error:\n{resultado}"
    )


def test_opciones_imposibles(analizador: Analizador, tmp_path: Path) -> None:
    """Un nivel, un tamaño o un archivo imposibles son un error de uso: 2."""
    log, propio = log_normal(tmp_path), tmp_path / "propio.log"
    comprobar_codigo(analizador.ordena(*con_registro("INFO", propio), "leer", log), 0)
    casos = [
        ["--nivel-log", "RUIDOSO"],
        ["--log", propio, "--log-max", "0"],
        ["--log", propio, "--log-max", "-9"],
        ["--log", propio, "--log-copias", "0"],
        ["--log", tmp_path / "no" / "existe.log"],
    ]
    resultados = a_la_vez(
        lambda opciones: analizador.ordena(*opciones, "leer", log), casos
    )
    for resultado in resultados:
        comprobar_codigo(resultado, 2)
        assert not resultado.salida and resultado.error, (
            f"Se esperaba una explicación, y nada por la salida normal:\n{resultado}"
        )


def test_el_registro_no_pisa_un_log(analizador: Analizador, tmp_path: Path) -> None:
    """Si --log, o una de sus copias, es uno de los logs, es un 2, y no se toca."""
    log = log_normal(tmp_path)
    antes = log.read_bytes()
    bien, resultado = a_la_vez(
        lambda registro: analizador.ordena(
            "--log", registro, "--log-max", "100", "leer", log
        ),
        [tmp_path / "propio.log", log],
    )
    enlace = tmp_path / "enlace.log"
    os.link(log, enlace)
    otro = log_con_rotas(tmp_path)
    copia = guardar(tmp_path / "girado.log.1", [BUENA])
    for rechazado in a_la_vez(
        lambda caso: analizador.ordena(
            "--log", caso[0], "--log-max", "100", "leer", *caso[1:]
        ),
        [(log, otro, log), (enlace, log), (tmp_path / "girado.log", otro, copia)],
    ):
        comprobar_codigo(rechazado, 2)
    comprobar_codigo(bien, 0)
    assert len(entradas_de(bien)) == 5, f"Se esperaban 5 entradas:\n{bien}"
    comprobar_codigo(resultado, 2)
    assert log.read_bytes() == antes, "El log que se iba a leer no se debía tocar"
    assert not (tmp_path / "normal.log.1").exists(), "El log no debía rotar"
    assert copia.read_text(encoding="utf-8") == f"{BUENA}\n", (
        "girado.log.1 era un log, y no una copia del registro: no se debía tocar"
    )
