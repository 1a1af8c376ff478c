"""El motor de requisitos: une las casillas de REQUISITOS.md con sus pruebas.

Las pruebas de R2 son tests/requisitos/test_r2_*.py. Mientras la casilla de R2 está
vacía, sus fallos cuentan como pendientes; cuando la marcas, has hecho una promesa y
tienen que pasar. Lo enciende el conftest.py de la raíz: las opciones de un plugin que
se cargue más tarde no existirían al dar una ruta («pytest tests/requisitos»).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from motor import nombres_de_antes
from motor.entorno import APARTE, sin_assert
from motor.fallos import fallo_de, recortar
from motor.informe import Informe, Prueba

CASILLA = re.compile(r"^ {0,3}[-*+] +\[([ xX])\] +\*\*(R\d+) *· *(.+?)\*\*")
APRENDER = re.compile(r"^\s+[-*+] +Se aprende en: *(.+)$")
ARCHIVO = re.compile(r"tests/requisitos/test_r(\d+)_\w+\.py")
# Lo único que una casilla vacía disculpa: un error de importación nunca es «pendiente».
DISCULPABLE = (AssertionError, NotImplementedError, pytest.fail.Exception)


@dataclass
class Requisito:
    """Una casilla de REQUISITOS.md y lo que sus pruebas han dicho en esta ejecución."""

    id: str
    titulo: str
    prometido: bool
    aprender: str = ""
    resultados: dict[str, str] = field(default_factory=dict)

    def cuenta(self, *resultados: str) -> int:
        """Cuántas pruebas acabaron así."""
        return sum(valor in resultados for valor in self.resultados.values())

    def estado(self) -> str:
        """En una palabra o dos, para el resumen."""
        if self.cuenta("error"):
            return "ERROR"
        if self.cuenta("failed"):
            return "FALLA" if self.prometido else "pendiente"
        if not self.cuenta("passed") or self.cuenta("apartada"):
            return "sin comprobar"
        return "cumplido" if self.prometido else "¡LISTO!"


REQUISITOS = pytest.StashKey[dict[str, Requisito]]()


def leer_requisitos(texto: str) -> dict[str, Requisito]:
    """Las casillas de REQUISITOS.md, en su orden y por su número («R2»)."""
    requisitos: dict[str, Requisito] = {}
    actual: Requisito | None = None
    for linea in texto.splitlines():
        if casilla := CASILLA.match(linea):
            marca, numero, titulo = casilla.groups()
            actual = Requisito(numero, titulo.strip(), prometido=marca != " ")
            requisitos[numero] = actual
        elif actual and (aprender := APRENDER.match(linea)):
            actual.aprender = aprender[1].strip()
    return requisitos


def pytest_addoption(parser: pytest.Parser) -> None:
    """Las opciones van en español, para no chocar con las de otros plugins."""
    grupo = parser.getgroup("requisitos", "Requisitos del proyecto")
    grupo.addoption(
        "--requisitos",
        metavar="CUÁLES",
        default="",
        help="exige también estos requisitos: «todos», o una lista como R2,R3",
    )
    grupo.addoption(
        "--proceso",
        action="store_true",
        help="arranca tu programa en un proceso aparte, como en producción",
    )
    grupo.addoption(
        "--direccion",
        metavar="URL",
        default=None,
        help="prueba un programa que ya está en marcha en esa dirección",
    )
    grupo.addoption(
        "--informe",
        metavar="ARCHIVO",
        default=None,
        help="cuenta en ARCHIVO, línea a línea, lo que pasa (tests/motor/informe.py)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Lee REQUISITOS.md y apunta qué requisitos hay que exigir."""
    if motivo := sin_assert():
        raise pytest.UsageError(motivo)
    nombres_de_antes.activar()
    try:
        texto = (config.rootpath / "REQUISITOS.md").read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise pytest.UsageError(
            f"REQUISITOS.md no está en UTF-8 ({error}). Guárdalo así desde tu editor: "
            "no pierdes nada de lo que has apuntado."
        ) from error
    except OSError as error:
        raise pytest.UsageError(
            f"No puedo leer REQUISITOS.md ({error}). Recupéralo con "
            "«git checkout HEAD -- REQUISITOS.md»."
        ) from error
    requisitos = leer_requisitos(texto)
    config.stash[REQUISITOS] = requisitos
    pedidos = config.getoption("--requisitos")
    for numero in requisitos if pedidos == "todos" else re.findall(r"[^,\s]+", pedidos):
        if numero.upper() not in requisitos:
            raise pytest.UsageError(
                f"--requisitos no conoce «{numero}». Escribe «todos» o alguno de: "
                f"{', '.join(requisitos)}."
            )
        requisitos[numero.upper()].prometido = True


def requisito_de(config: pytest.Config, nodeid: str) -> Requisito | None:
    """El requisito al que pertenece una prueba, según el nombre de su archivo."""
    archivo = ARCHIVO.search(nodeid)
    return config.stash[REQUISITOS].get(f"R{archivo[1]}") if archivo else None


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Aparta lo que ahora no toca, y dice por qué."""
    for item in items:
        requisito = requisito_de(config, item.nodeid)
        if item.get_closest_marker("aislada") and config.getoption("--direccion"):
            motivo = "aislada: necesita arrancar su propio programa"
            item.add_marker(pytest.mark.skip(reason=motivo))
        if APARTE and en_tu_proceso(item):
            motivo = "necesita tu código en el mismo proceso que las pruebas"
            item.add_marker(pytest.mark.skip(reason=motivo))
        if (
            requisito
            and not requisito.prometido
            and item.get_closest_marker("a_peticion")
        ):
            motivo = f"se hace al marcar {requisito.id}, o con --requisitos todos"
            item.add_marker(pytest.mark.skip(reason=motivo))


def en_tu_proceso(item: pytest.Item) -> bool:
    """Si esa prueba ejecuta tu código, o tus pruebas, en su mismo proceso."""
    marcas = ("en_proceso", "a_peticion")
    return any(item.get_closest_marker(marca) is not None for marca in marcas)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Prepara lo que se enseña; en lo que no está marcado, el fallo es «pendiente»."""
    requisito = requisito_de(item.config, item.nodeid)
    if requisito is None:
        return (yield)
    opciones = item.config.option
    estilo = opciones.tbstyle
    nuestro = estilo == "auto" and not opciones.showlocals and not opciones.fulltrace
    perdonado = pendiente(call) and not requisito.prometido
    if nuestro or (perdonado and not opciones.xfail_tb):
        # Preparar la traza de pytest, que no se enseña, tarda más que la prueba.
        opciones.tbstyle = "value"
    try:
        informe = yield
    finally:
        opciones.tbstyle = estilo
    informe.user_properties.append(("criterio", criterio_de(item)))
    if informe.failed and call.excinfo is not None:
        error = call.excinfo.value
        informe.user_properties.append(("mensaje", mensaje_de(error)))
        if nuestro:
            informe.longrepr = fallo_de(
                error,
                item.path,
                criterio_de(item),
                mensaje_de(error),
                requisito.aprender,
                item.config.rootpath,
            )
            informe.sections = [
                (titulo, "\n".join(recortar(texto)))
                for titulo, texto in informe.sections
            ]
        elif requisito.aprender and hasattr(informe.longrepr, "addsection"):
            informe.longrepr.addsection(
                f"{requisito.id} · {requisito.titulo}",
                f"Dónde se aprende: {requisito.aprender}",
            )
        if pendiente(call):
            informe.user_properties.append(("disculpable", True))
            if not requisito.prometido:
                informe.outcome = "skipped"
                informe.wasxfail = f"{requisito.id} está pendiente"
    return informe


def pytest_exception_interact(
    call: pytest.CallInfo[object], report: pytest.CollectReport | pytest.TestReport
) -> None:
    """De un archivo que no se puede leer, guarda por qué."""
    if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
        error = call.excinfo.value
        report.mensaje = mensaje_de(error.__cause__ or error)


def criterio_de(item: pytest.Item) -> str:
    """Lo que pide una prueba: su docstring en una línea, o su nombre si no tiene."""
    documento = getattr(getattr(item, "obj", None), "__doc__", None) or item.name
    return " ".join(documento.split())


def pendiente(prueba: pytest.CallInfo[None]) -> bool:
    """Si ha fallado como falla lo que está por hacer."""
    return (
        prueba.when == "call"
        and prueba.excinfo is not None
        and isinstance(prueba.excinfo.value, DISCULPABLE)
    )


def mensaje_de(error: BaseException) -> str:
    """Lo que dice un fallo, sin la traza ni la comparación que añade pytest."""
    texto = str(error) or type(error).__name__
    if isinstance(error, MemoryError):
        # La traza aún tiene lo que llenó la memoria: sin soltarlo no se puede seguir.
        traceback.clear_frames(error.__traceback__)
        return "Se acabó la memoria: ¿una lista o un bucle que no deja de crecer?"
    if isinstance(error, AssertionError):
        return texto.split("\nassert ")[0].strip()
    if isinstance(error, DISCULPABLE):
        return texto.strip()
    return f"{type(error).__name__}: {texto}".strip()


def motivo_de(informe: pytest.TestReport) -> str:
    """Por qué se ha saltado una prueba, si se ha saltado y se sabe."""
    if informe.skipped and isinstance(informe.longrepr, tuple):
        return str(informe.longrepr[2]).removeprefix("Skipped: ")
    return ""


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Con varios procesos (pytest-xdist), solo el principal escribe el informe."""
    session.config.pluginmanager.register(Resultados(session.config), "requisitos")


class Resultados:
    """Apunta cómo acaba cada prueba, para el resumen y para --informe."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        archivo = config.getoption("--informe")
        escribe = archivo and not hasattr(config, "workerinput")
        self.informe = Informe(Path(archivo)) if escribe else None
        self.sin_hacer: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Ya se sabe qué pruebas se van a hacer."""
        if self.informe:
            requisitos = [
                (i, requisito_de(self.config, i.nodeid)) for i in session.items
            ]
            self.informe.empieza(
                [
                    Prueba(i.nodeid, r.id, criterio_de(i), en_tu_proceso(i))
                    for i, r in requisitos
                    if r
                ]
            )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Un archivo que no se puede leer es un error de su requisito."""
        requisito = requisito_de(self.config, report.nodeid)
        if requisito is not None and report.failed:
            requisito.resultados[report.nodeid] = "error"
            if self.informe:
                prueba = Prueba(
                    report.nodeid, requisito.id, "El archivo se puede leer."
                )
                mensaje = getattr(report, "mensaje", "") or report.longreprtext
                self.informe.acaba(prueba, "error", mensaje, 0)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Empieza una prueba."""
        if self.informe and requisito_de(self.config, nodeid):
            self.informe.en_marcha(nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Se acabó; y una promesa que nadie ha comprobado no está cumplida."""
        self.sin_hacer = self._sin_hacer(session)
        if self.sin_hacer and session.exitstatus in (0, 5):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.informe:
            self.informe.termina(int(session.exitstatus))

    def _sin_hacer(self, session: pytest.Session) -> list[str]:
        """Los requisitos marcados de los que no se ha hecho ninguna prueba.

        Solo se sabe cuando se pide todo («pytest», sin más): lo que falta entonces lo
        ha apartado un conftest.py, o ya no está.
        """
        opciones = self.config.option
        elige = opciones.keyword or opciones.markexpr or opciones.deselect
        if (
            self.config.args_source is not pytest.Config.ArgsSource.TESTPATHS
            or (elige or opciones.collectonly or self.config.getoption("--direccion"))
            or (session.shouldstop or session.shouldfail)
            or hasattr(self.config, "workerinput")
        ):
            return []
        return [
            requisito.id
            for requisito in self.config.stash[REQUISITOS].values()
            if requisito.prometido and not requisito.cuenta("passed", "failed", "error")
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Guarda el resultado de una fase (preparación, prueba o recogida)."""
        requisito = requisito_de(self.config, report.nodeid)
        if requisito is None or (report.passed and report.when != "call"):
            return
        propiedades = dict(report.user_properties)
        resultado = str(report.outcome)
        contra_direccion = self.config.getoption("--direccion")
        if "disculpable" in propiedades:
            resultado = "failed"
        elif report.skipped and (
            "a_peticion" in report.keywords
            or ("aislada" in report.keywords and contra_direccion)
        ):
            resultado = "apartada"
        elif report.failed:
            resultado = "error"
        requisito.resultados[report.nodeid] = resultado
        if self.informe:
            criterio = propiedades.get("criterio", "")
            self.informe.acaba(
                Prueba(report.nodeid, requisito.id, criterio),
                "skipped" if resultado == "apartada" else resultado,
                propiedades.get("mensaje", "") or motivo_de(report),
                report.duration,
            )

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """El estado de cada requisito, al final de la ejecución."""
        if self.sin_hacer:
            terminalreporter.section("Sin comprobar", red=True)
            terminalreporter.write_line(
                f"Has marcado {', '.join(self.sin_hacer)}, y no se ha hecho ninguna "
                "de sus pruebas. Mira si las aparta un conftest.py tuyo, o recupéralas "
                "con «git checkout HEAD -- tests/requisitos»."
            )
        requisitos = self.config.stash[REQUISITOS].values()
        vistos = [requisito for requisito in requisitos if requisito.resultados]
        if not vistos:
            return
        terminalreporter.section("Requisitos")
        for requisito in vistos:
            total = len(requisito.resultados)
            bien = requisito.cuenta("passed")
            terminalreporter.write_line(
                f"{requisito.id:<4}{requisito.estado():<15}"
                f"{bien:>3} de {total:<4}{requisito.titulo}"
            )
        listos = [r.id for r in vistos if r.estado() == "¡LISTO!"]
        if listos:
            terminalreporter.write_line(
                f"Ya pasa todo en {', '.join(listos)}: márcalo con «scaffold check», "
                "o con una x en REQUISITOS.md."
            )
        apartadas = sum(requisito.cuenta("apartada") for requisito in vistos)
        if apartadas and self.config.getoption("--direccion"):
            terminalreporter.write_line(
                f"{apartadas} pruebas no se pueden hacer contra --direccion: "
                "necesitan arrancar su propio programa."
            )
