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
from requisitos.apoyo import Tareas, rechaza

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
    documento = tareas.documento()
    assert documento == esperado, f"Se esperaba {esperado}, y hay {documento}"


def test_lee_un_archivo_hecho_a_mano(tareas: Tareas) -> None:
    """Un archivo con la forma del contrato se lee aunque lo escribiera otro."""
    tareas.escribe([MUCHAS[0], MUCHAS[4]], siguiente_id=40)
    numeros = [tarea["id"] for tarea in tareas.listar()]
    assert numeros == [1, 5], f"Se esperaban la 1 y la 5, y llegó {numeros}"
    nueva = tareas.crear("Nueva")
    assert nueva["id"] == 40, f"El archivo decía que tocaba el 40: {nueva}"


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


def test_sustituye_el_archivo_de_una_vez(tareas: Tareas) -> None:
    """Quien tuviera abierto el archivo de antes lo sigue viendo entero."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    testigo = tareas.archivo.with_name("testigo.json")
    os.link(tareas.archivo, testigo)
    # En Linux, /dev/shm es otro disco: desde ahí no se puede sustituir de una vez.
    entorno = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}
    tareas.bien("crear", "Leche", entorno=entorno)
    assert testigo.read_bytes() == antes, (
        "Se esperaba un archivo nuevo que sustituye al anterior (os.replace), y se "
        "escribió encima: si el programa muere a la mitad, se pierde todo"
    )
    sobran = [x.name for x in tareas.archivo.parent.glob("*.tmp")]
    assert not sobran, f"Se esperaba que no quedaran archivos temporales: {sobran}"


def crear_sin_sitio(tareas: Tareas, senal: str) -> subprocess.CompletedProcess[bytes]:
    """Intenta crear una tarea cuando en el disco solo cabe medio archivo.

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
        [sys.executable, "-c", orden, "--archivo", tareas.archivo, "crear", "Una más"],
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
    hecho = crear_sin_sitio(tareas, "SIG_IGN")
    error = hecho.stderr.decode("utf-8", "replace")
    assert hecho.returncode == 1 and "Traceback" not in error, (
        f"Se esperaba el código 1 y una explicación; llegó {hecho.returncode}:\n{error}"
    )
    sobran = {x.name for x in tareas.archivo.parent.iterdir()} - habia
    assert not sobran, f"Se esperaba que no quedaran restos: {sobran}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no limita los archivos")
def test_si_muere_a_la_mitad_se_puede_seguir(tareas: Tareas) -> None:
    """Si el programa muere mientras escribe, la siguiente orden funciona."""
    muerto = crear_sin_sitio(tareas, "SIG_DFL")
    assert muerto.returncode < 0, (
        "Se esperaba que el programa muriera al escribir, y llegó el código "
        f"{muerto.returncode}:\n{muerto.stderr.decode('utf-8', 'replace')}"
    )
    nueva = tareas.crear("Nueva")
    assert nueva["id"] == len(MUCHAS) + 1, f"Se esperaba la siguiente: {nueva}"


def test_dos_programas_a_la_vez_no_pierden_nada(tareas: Tareas) -> None:
    """Ocho programas que crean a la vez dejan ocho tareas con números distintos."""
    tareas.escribe(MUCHAS)
    orden = [sys.executable, "-m", "tareas", "--archivo", tareas.archivo, "crear"]
    entorno = entorno_de_prueba()
    procesos = [
        subprocess.Popen(
            [*orden, f"Nueva {n}"],
            env=entorno,
            cwd=SRC,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for n in range(8)
    ]
    codigos = [proceso.wait(timeout=plazo(20)) for proceso in procesos]
    assert codigos == [0] * 8, f"Se esperaba que las ocho salieran bien: {codigos}"
    nuevas = [t for t in tareas.documento()["tareas"] if t["titulo"].startswith("Nue")]
    assert len(nuevas) == 8, f"Se esperaban 8 tareas nuevas, y quedaron {len(nuevas)}"
    numeros = {tarea["id"] for tarea in nuevas}
    assert numeros == set(range(1501, 1509)), f"Números repetidos: {sorted(numeros)}"


def test_una_version_desconocida_no_se_toca(tareas: Tareas) -> None:
    """Un archivo de un programa más nuevo se rechaza y queda como estaba."""
    antes = tareas.escribe([MUCHAS[0]], version=99)
    ordenes = [["listar"], ["crear", "Pan"], ["eliminar", "1"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 1)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_el_archivo_se_elige_por_entorno(tmp_path: Path) -> None:
    """Sin --archivo, manda TAREAS_ARCHIVO; y sin ella, tareas.json de la carpeta."""
    elegido = tmp_path / "mías" / "lista.json"
    elegido.parent.mkdir()
    entorno = {"TAREAS_ARCHIVO": str(elegido)}
    hecho = ejecutar("tareas", "crear", "Pan", entorno=entorno, carpeta=tmp_path)
    assert hecho.codigo == 0, f"Se esperaba el código 0:\n{hecho}"
    assert json.loads(elegido.read_text(encoding="utf-8"))["tareas"], (
        "Se esperaba la tarea en el archivo de TAREAS_ARCHIVO"
    )
    hecho = ejecutar("tareas", "crear", "Pan", carpeta=tmp_path)
    assert hecho.codigo == 0 and (tmp_path / "tareas.json").exists(), (
        f"Se esperaba que se creara tareas.json en la carpeta actual:\n{hecho}"
    )
