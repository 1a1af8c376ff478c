"""Three weeks of a learner's work on the blog, and what its template mended meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.update.sandbox import TemplateRepo, commit, replace
from tests.update.sandbox import build as build_template_repo

PROJECT = "proyecto-7-blog"
SOLUTION = Path(__file__).parents[1] / "solutions" / PROJECT / "overlay"
WORK = {
    "Modelos y migración": ("src/blog/modelos.py", "src/blog/esquemas.py", "migraciones"),
    "Errores y textos": ("src/blog/errores.py", "src/blog/articulos.py", "src/blog/textos.py"),
    "R1: las rutas": ("src/blog/rutas/posts.py", "src/blog/rutas/comentarios.py"),
    "Contraseñas y JWT": ("src/blog/seguridad.py", "src/blog/sesiones.py", "src/blog/deps.py"),
    "R2: las rutas": ("src/blog/rutas/auth.py", "src/blog/rutas/usuarios.py", "src/blog/main.py"),
    "Empiezo R3, con pruebas mías": ("src/blog/permisos.py", "src/blog/paginas.py", "tests"),
}
"""The learner's commits, one after the other, and the files of the solution in each."""

NOTES = "\n## Mis notas\n\n- El refresh token se guarda con hash, como las contraseñas.\n"
LAST_MISTAKE = "o un `<script>`.\n"
MY_MISTAKE = "- **El reloj del portátil iba mal**: los tokens nacían caducados.\n"
ITS_MISTAKE = "- **Comparar tokens con `==`**: usa `hmac.compare_digest`, que tarda lo mismo.\n"
TEST = '''

def test_un_token_con_algo_detras_no_vale(api: Api, autora: Persona) -> None:
    """Un token con un punto de más no es un token."""
    rechazado(api, f"{autora.token}.", "mandar un token con algo detrás")
'''


def build(folder: Path, *, disagree: bool = False) -> tuple[TemplateRepo, Path]:
    """Make a template root, a repository of its first version and three weeks of work in it.

    Args:
        folder: an empty folder for both.
        disagree: the learner wrote, too, where the template's second version writes.

    Returns:
        The root, which has a second version by now, and the repository.
    """
    template_repo = build_template_repo(folder / "plantillas", {}, PROJECT)
    repo = template_repo.new(folder / PROJECT)
    for message, files in WORK.items():
        for name in files:
            if (SOLUTION / name).is_dir():
                shutil.copytree(SOLUTION / name, repo / name, dirs_exist_ok=True)
            else:
                shutil.copyfile(SOLUTION / name, repo / name)
        if message.endswith("las rutas"):
            replace(repo / "REQUISITOS.md", f"- [ ] **{message[:2]} ", f"- [x] **{message[:2]} ")
        commit(repo, message)
    marker = "    # Añade las tuyas debajo de la línea en blanco, o con «uv add NOMBRE».\n\n"
    replace(repo / "pyproject.toml", marker, f'{marker}    "markdown>=3.8,<4",\n')
    if disagree:
        replace(repo / "README.md", LAST_MISTAKE, LAST_MISTAKE + MY_MISTAKE)
    with (repo / "README.md").open("a", encoding="utf-8") as readme:
        readme.write(NOTES)
    commit(repo, "Los posts se escriben en Markdown")
    template_repo.release("0.2.0", _improve)
    return template_repo, repo


def _improve(starter: Path) -> None:
    """A library's bound, a sharper test and its criterion, a better stub, a line of advice."""
    replace(starter / "pyproject.toml.jinja", '"pyjwt>=2.15,', '"pyjwt>=2.15.1,')
    test = next((starter / "tests" / "requisitos").glob("test_r2_*.py"))
    test.write_text(test.read_text("utf-8") + TEST, "utf-8")
    criterion = "  - Un token caducado, alterado"
    replace(starter / "REQUISITOS.md", criterion, f"{criterion}, con algo detrás")
    replace(starter / "src/blog/errores.py", "los 404 y 405", "los 404, los 405")
    replace(starter / "README.md.jinja", LAST_MISTAKE, LAST_MISTAKE + ITS_MISTAKE)
