# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Guardar en archivo JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from motor.programa import SRC, a_la_vez, ejecutar, entorno_de_prueba, plazo
from requisitos.apoyo import Tareas, comprobar_igual, rechaza

MUCHAS = [
    {
        "id": numero,
        "titulo": f"Tarea número {numero}",
        "prioridad": "media",
        "vence": None,
        "hecha": False,
    }
    for numero in range(1, 1501)
]


def test_el_archivo_tiene_la_forma_del_contrato(tareas: Tareas) -> None:
    """El archivo dice su versión, el siguiente número y las tareas."""
    pan = tareas.crear("Pan", "--prioridad", "alta", "--vence", "2030-12-24")
    leche = tareas.crear("Leche")
    esperado = {"version": 1, "siguiente_id": 3, "tareas": [pan, leche]}
    comprobar_igual(tareas.documento(), esperado)


def test_lee_un_archivo_hecho_a_mano(tareas: Tareas) -> None:
    """Un archivo con la forma del contrato se lee aunque lo escribiera otro."""
    tareas.escribe([MUCHAS[0], MUCHAS[4]], siguiente_id=40)
    numeros = [tarea["id"] for tarea in tareas.listar()]
    assert numeros == [1, 5], f"Se esperaban la 1 y la 5, y llegó {numeros}"
    nueva = tareas.crear("Nueva")
    assert nueva["id"] == 40, f"El archivo decía que tocaba el 40: {nueva}"
    esperado = [MUCHAS[0], MUCHAS[4], nueva]
    comprobar_igual(
        tareas.documento(), {"version": 1, "siguiente_id": 41, "tareas": esperado}
    )


def test_los_acentos_se_guardan_tal_cual(tareas: Tareas) -> None:
    """El archivo es UTF-8 y se puede leer: «ñ» es «ñ», no «\\u00f1»."""
    titulo = "Ñandú, pingüino y café ☕ 日本"
    tareas.crear(titulo)
    crudo = tareas.archivo.read_bytes()
    assert titulo.encode() in crudo, f"Se esperaba «{titulo}» tal cual en {crudo!r}"
    assert tareas.titulos() == [titulo], "Se esperaba leer lo mismo que se escribió"


def test_es_utf8_aunque_el_sistema_use_otra_codificacion(tareas: Tareas) -> None:
    """La codificación del archivo no depende de la configuración del ordenador."""
    tareas.escribe([MUCHAS[0] | {"titulo": "Ñandú"}])
    tareas.bien(
        "actualizar",
        "1",
        "--hecha",
        entorno={
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "utf-8",
            "LC_ALL": "C",
        },
    )
    assert "Ñandú".encode() in tareas.archivo.read_bytes(), (
        "Se esperaba que el archivo siguiera en UTF-8"
    )
    assert tareas.listar()[0]["hecha"] is True, "Se esperaba la tarea hecha"


# Ejecuta el programa y lo mira por encima del hombro: Python avisa de cada archivo que
# va a abrir, borrar o mover:
# https://docs.python.org/3/library/sys.html#sys.addaudithook
VIGIA = """
import os, runpy, sys
archivo = os.path.realpath(sys.argv[1])
def mira(suceso, datos):
    if suceso == "os.rename" and os.path.realpath(datos[1]) == archivo:
        if os.path.dirname(os.path.realpath(datos[0])) != os.path.dirname(archivo):
            os._exit(98)
    if suceso == "open" or suceso.startswith("os."):
        if not os.path.exists(archivo):
            os._exit(97)
sys.addaudithook(mira)
sys.argv[:] = ["tareas", "--archivo", archivo, *sys.argv[2:]]
runpy.run_module("tareas", run_name="__main__")
"""


def test_sustituye_el_archivo_de_una_vez(tareas: Tareas) -> None:
    """Siempre hay un archivo entero: el de antes, y en un instante, el nuevo."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    testigo = tareas.archivo.with_name("testigo.json")
    os.link(tareas.archivo, testigo)
    hecho = subprocess.run(
        [sys.executable, "-c", VIGIA, tareas.archivo, "crear", "Leche"],
        capture_output=True,
        env=entorno_de_prueba(),
        timeout=plazo(10),
        check=False,
    )
    assert hecho.returncode != 97, (
        "Se esperaba que siempre hubiera un archivo de tareas, y hubo un momento en "
        "que no: quien lo lea entonces no verá ninguna. Sustitúyelo con os.replace"
    )
    assert hecho.returncode != 98, (
        "Se esperaba que el archivo nuevo se escribiera en la carpeta del definitivo: "
        "desde otro disco no se puede sustituir de una vez"
    )
    assert hecho.returncode == 0, (
        f"Se esperaba el código 0, y llegó {hecho.returncode}:\n"
        f"{hecho.stderr.decode('utf-8', 'replace')}"
    )
    assert testigo.read_bytes() == antes, (
        "Se esperaba un archivo nuevo que sustituye al anterior (os.replace), y se "
        "escribió encima: si el programa muere a la mitad, se pierde todo"
    )
    sobran = [x.name for x in tareas.archivo.parent.glob("*.tmp")]
    assert not sobran, f"Se esperaba que no quedaran archivos temporales: {sobran}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no tiene estos permisos")
def test_el_archivo_nuevo_tiene_los_permisos_del_anterior(tareas: Tareas) -> None:
    """Quien podía leer tus tareas puede seguir leyéndolas; quien no, tampoco ahora."""
    for permisos in (0o600, 0o666):
        tareas.escribe([MUCHAS[0]])
        tareas.archivo.chmod(permisos)
        tareas.bien("actualizar", 1, "--hecha")
        quedan = tareas.archivo.stat().st_mode & 0o777
        assert quedan == permisos, (
            f"El archivo tenía los permisos {permisos:o}, y tras cambiar una tarea se "
            f"esperaba que los conservara; tiene {quedan:o}"
        )


def sin_sitio(
    tareas: Tareas, senal: str, *argumentos: str
) -> subprocess.CompletedProcess[bytes]:
    """Ejecuta una orden cuando en el disco solo cabe medio archivo.

    Con la señal SIG_IGN, escribir da un error; con SIG_DFL, el programa muere ahí.
    """
    antes = tareas.escribe(MUCHAS)
    limite = len(antes) // 2
    orden = (
        "import resource, runpy, signal, sys;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limite}, {limite}));"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
        f"signal.signal(signal.SIGXFSZ, signal.{senal});"
        "sys.argv[0] = 'tareas'; runpy.run_module('tareas', run_name='__main__')"
    )
    hecho = subprocess.run(
        [sys.executable, "-c", orden, "--archivo", tareas.archivo, *argumentos],
        capture_output=True,
        env=entorno_de_prueba(),
        timeout=plazo(10),
        check=False,
    )
    assert tareas.archivo.read_bytes() == antes, (
        "Se esperaba que el archivo siguiera como estaba cuando no cabe el nuevo"
    )
    return hecho


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no limita los archivos")
def test_si_no_cabe_el_archivo_anterior_sigue_entero(tareas: Tareas) -> None:
    """Si la escritura falla a la mitad, no se pierde nada y se explica."""
    tareas.crear("Pan")
    habia = {x.name for x in tareas.archivo.parent.iterdir()}
    ordenes = [
        ["crear", "Una más"],
        ["actualizar", "7", "--titulo", "Otro"],
        ["eliminar", "7"],
    ]
    carpetas = [tareas.archivo.parent / str(n) for n in range(len(ordenes))]
    for carpeta in carpetas:
        carpeta.mkdir()
    hechos = a_la_vez(
        lambda par: sin_sitio(Tareas(par[0] / "tareas.json"), "SIG_IGN", *par[1]),
        zip(carpetas, ordenes, strict=True),
    )
    for carpeta, orden, hecho in zip(carpetas, ordenes, hechos, strict=True):
        error = hecho.stderr.decode("utf-8", "replace")
        assert hecho.returncode == 1 and error and "Traceback" not in error, (
            f"Con «{orden[0]}» se esperaba el código 1 y una explicación, y llegó "
            f"{hecho.returncode}:\n{error}"
        )
        assert not hecho.stdout, (
            f"«{orden[0]}» no pudo guardar, y aun así escribió por la salida normal: "
            f"{hecho.stdout.decode('utf-8', 'replace')!r}"
        )
        sobran = {x.name for x in carpeta.iterdir()} - habia
        assert not sobran, f"Se esperaba que no quedaran restos: {sobran}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no limita los archivos")
def test_si_muere_a_la_mitad_se_puede_seguir(tareas: Tareas) -> None:
    """Si el programa muere mientras escribe, la siguiente orden funciona y limpia."""
    tareas.crear("Pan")
    habia = {x.name for x in tareas.archivo.parent.iterdir()}
    muerto = sin_sitio(tareas, "SIG_DFL", "crear", "Una más")
    assert muerto.returncode < 0, (
        "Se esperaba que el programa muriera al escribir, y llegó el código "
        f"{muerto.returncode}:\n{muerto.stderr.decode('utf-8', 'replace')}"
    )
    nueva = tareas.crear("Nueva")
    assert nueva["id"] == len(MUCHAS) + 1, f"Se esperaba la siguiente: {nueva}"
    sobran = {x.name for x in tareas.archivo.parent.iterdir()} - habia
    assert not sobran, (
        "Se esperaba que la siguiente orden que escribe quitara lo que dejó a medias "
        f"el programa que murió, y sigue ahí: {sobran}"
    )


def test_dos_programas_a_la_vez_no_pierden_nada(tareas: Tareas) -> None:
    """Ocho programas que crean, cambian y borran a la vez: todo queda hecho."""
    tareas.escribe(MUCHAS)
    orden = [sys.executable, "-m", "tareas", "--archivo", tareas.archivo]
    entorno = entorno_de_prueba()
    nuevas = [["crear", f"Nueva {n}"] for n in range(4)]
    cambios = [["actualizar", n, "--titulo", "Cambiada"] for n in ("1", "2")]
    bajas = [["eliminar", n] for n in ("3", "4")]
    mezcladas = [x for par in zip(nuevas, cambios + bajas, strict=True) for x in par]
    procesos = [
        subprocess.Popen(
            [*orden, *argumentos],
            env=entorno,
            cwd=SRC,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for argumentos in mezcladas
    ]
    codigos = [proceso.wait(timeout=plazo(20)) for proceso in procesos]
    assert codigos == [0] * 8, f"Se esperaba que las ocho salieran bien: {codigos}"
    quedan = {tarea["id"]: tarea["titulo"] for tarea in tareas.documento()["tareas"]}
    esperado = {t["id"]: t["titulo"] for t in MUCHAS} | {1: "Cambiada", 2: "Cambiada"}
    del esperado[3], esperado[4]
    viejas = {numero: titulo for numero, titulo in quedan.items() if numero <= 1500}
    distintas = set(viejas.items()) ^ set(esperado.items())
    assert not distintas, (
        "Se esperaban la 1 y la 2 cambiadas, la 3 y la 4 eliminadas y las demás como "
        f"estaban; no es así en: {sorted(distintas)[:8]}"
    )
    creadas = {numero: titulo for numero, titulo in quedan.items() if numero > 1500}
    assert sorted(creadas) == [1501, 1502, 1503, 1504], (
        f"Se esperaban las nuevas con los números del 1501 al 1504, y hay {creadas}"
    )
    assert len(set(creadas.values())) == 4, f"Falta alguna de las nuevas: {creadas}"


# Dos programas que se ponen de acuerdo: el lento se para justo antes de sustituir el
# archivo, y no sigue hasta un rato después de que el otro haya empezado. El reloj del
# otro va cinco veces más deprisa: esos dos segundos le parecen diez.
TURNOS = """
import os, runpy, sys, time
senales, papel = sys.argv[1:3]
def da(senal):
    open(os.path.join(senales, senal), "w").close()
def espera(senal):
    fin = time.monotonic() + 5
    while not os.path.exists(os.path.join(senales, senal)) and time.monotonic() < fin:
        time.sleep(0.02)
def mira(suceso, datos):
    if suceso == "os.rename" and os.fsdecode(datos[1]).endswith("tareas.json"):
        da("escribiendo")
        espera("empezado")
        time.sleep(2)
if papel == "lento":
    sys.addaudithook(mira)
else:
    espera("escribiendo")
    da("empezado")
    duerme = time.sleep
    time.sleep = lambda segundos: duerme(segundos / 5)
    for reloj in ("time", "monotonic", "perf_counter"):
        def deprisa(lee=getattr(time, reloj), salida=getattr(time, reloj)()):
            return salida + 5 * (lee() - salida)
        setattr(time, reloj, deprisa)
sys.argv[:] = ["tareas", *sys.argv[3:]]
try:
    runpy.run_module("tareas", run_name="__main__")
finally:
    da("escribiendo")
"""


def test_espera_a_quien_tarda_en_escribir(tareas: Tareas) -> None:
    """Con un disco lento y desde otra carpeta, el segundo espera lo que haga falta."""
    tareas.escribe(MUCHAS[:3])
    carpeta = tareas.archivo.parent
    senales = carpeta / "señales"
    senales.mkdir()
    # El mismo archivo, dicho de dos maneras.
    casos = [
        (carpeta, "lento", tareas.archivo.name, "actualizar", "1", "--hecha"),
        (senales, "otro", tareas.archivo, "crear", "Nueva"),
    ]
    hechos = a_la_vez(
        lambda caso: subprocess.run(
            [sys.executable, "-c", TURNOS, senales, caso[1], "--archivo", *caso[2:]],
            capture_output=True,
            cwd=caso[0],
            env=entorno_de_prueba(),
            timeout=plazo(15),
            check=False,
        ),
        casos,
    )
    for caso, hecho in zip(casos, hechos, strict=True):
        assert hecho.returncode == 0, (
            f"Con otro programa a la vez, se esperaba que «{caso[3]}» saliera bien, y "
            f"llegó {hecho.returncode}:\n{hecho.stderr.decode('utf-8', 'replace')}"
        )
    quedan = [(t["id"], t["hecha"]) for t in tareas.documento()["tareas"]]
    esperado = [(1, True), (2, False), (3, False), (4, False)]
    assert sorted(quedan) == esperado, (
        "Uno tardaba en escribir «actualizar 1 --hecha» y, desde otra carpeta, otro "
        f"hacía «crear Nueva»: se esperaba {esperado} (número y hecha), y llegó "
        f"{quedan}"
    )


def test_una_version_desconocida_no_se_toca(tareas: Tareas) -> None:
    """Un archivo de otra versión, anterior o posterior, se rechaza y queda igual."""
    for version, ordenes in {
        2: [["listar"], ["crear", "Pan"], ["eliminar", "1"]],
        0: [["actualizar", "1", "--hecha"], ["listar"]],
    }.items():
        antes = tareas.escribe([MUCHAS[0]], version=version)
        for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
            rechaza(resultado, 1)
        assert tareas.archivo.read_bytes() == antes, (
            f"El archivo de la versión {version} tenía que quedar igual"
        )


def test_el_archivo_se_elige_por_entorno(tmp_path: Path) -> None:
    """Manda --archivo; luego, TAREAS_ARCHIVO; y si no, tareas.json de la carpeta."""
    elegido = tmp_path / "mías" / "lista.json"
    elegido.parent.mkdir()
    entorno = {"TAREAS_ARCHIVO": str(elegido)}
    hecho = ejecutar("tareas", "crear", "Pan", entorno=entorno, carpeta=tmp_path)
    assert hecho.codigo == 0, f"Se esperaba el código 0:\n{hecho}"
    assert json.loads(elegido.read_text(encoding="utf-8"))["tareas"], (
        "Se esperaba la tarea en el archivo de TAREAS_ARCHIVO"
    )
    otra = tmp_path / "otra.json"
    antes = elegido.read_bytes()
    hecho = ejecutar("tareas", "--archivo", otra, "crear", "Pan", entorno=entorno)
    assert hecho.codigo == 0 and otra.exists() and elegido.read_bytes() == antes, (
        f"Con las dos, se esperaba que mandara --archivo sobre TAREAS_ARCHIVO:\n{hecho}"
    )
    hecho = ejecutar("tareas", "crear", "Pan", carpeta=tmp_path)
    assert hecho.codigo == 0 and (tmp_path / "tareas.json").exists(), (
        f"Se esperaba que se creara tareas.json en la carpeta actual:\n{hecho}"
    )
