# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Roles y permisos. Los papeles son lector, autor, editor y admin."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

import httpx2
import pytest
from motor.servicio import Servicio
from motor.tablas import motor_de
from requisitos.api import (
    CLAVE,
    Api,
    Persona,
    comprueba,
    espera,
    json_de,
    problema,
    rechaza,
    unico,
)
from sqlalchemy import MetaData, inspect
from sqlalchemy.exc import IntegrityError


def dejar_sin_autor(url: str, slug: str, nombre: str) -> bool:
    """Le quita el autor a un post, donde esté guardado; False si la base no deja."""
    motor, tablas = motor_de(url), MetaData()
    tablas.reflect(motor)
    for tabla in tablas.sorted_tables:
        with motor.connect() as conexion:
            filas = [fila._mapping for fila in conexion.execute(tabla.select())]
        ajenas = inspect(motor).get_foreign_keys(tabla.name)
        apuntan = {una["constrained_columns"][0] for una in ajenas}
        for fila in filas:
            if slug not in fila.values():
                continue
            sin = {x: None for x in fila if x in apuntan or fila[x] == nombre}
            clave = [columna == fila[columna.name] for columna in tabla.primary_key]
            if not sin:
                continue
            try:
                with motor.begin() as conexion:
                    conexion.execute(tabla.update().where(*clave).values(sin))
            except IntegrityError:
                return False
            return True
    return False


ROLES = ("lector", "autor", "editor", "admin")
NECESITA = "R3 necesita R2"
Accion = Callable[[Api, str], httpx2.Response]


def crear(api: Api, rol: str) -> httpx2.Response:
    """Crear un post."""
    datos = {"titulo": unico("De"), "contenido": "Texto.", "estado": "publicado"}
    return api.post("/posts", datos, api.persona(rol, NECESITA))


def comentar(api: Api, rol: str) -> httpx2.Response:
    """Comentar un post de otra persona."""
    slug = post_ajeno(api)
    datos = {"contenido": "Opino."}
    return api.post(f"/posts/{slug}/comentarios", datos, api.persona(rol, NECESITA))


def cambiar_ajeno(api: Api, rol: str) -> httpx2.Response:
    """Cambiar un post de otra persona."""
    slug = post_ajeno(api)
    return api.patch(f"/posts/{slug}", {"titulo": "T"}, api.persona(rol, NECESITA))


def borrar_ajeno(api: Api, rol: str) -> httpx2.Response:
    """Borrar un post de otra persona."""
    queda = TABLA[borrar_ajeno][rol] == 403
    slug = post_ajeno(api) if queda else api.crear_post(ajeno(api))["slug"]
    return api.delete(f"/posts/{slug}", api.persona(rol, NECESITA))


def cambiar_comentario_ajeno(api: Api, rol: str) -> httpx2.Response:
    """Cambiar un comentario de otra persona."""
    numero = comentario_ajeno(api)
    quien = api.persona(rol, NECESITA)
    return api.patch(f"/comentarios/{numero}", {"contenido": "Suyo"}, quien)


def borrar_comentario_ajeno(api: Api, rol: str) -> httpx2.Response:
    """Borrar un comentario de otra persona."""
    numero = comentario_ajeno(api)
    if TABLA[borrar_comentario_ajeno][rol] != 403:
        del _COMENTARIOS[api.servicio]
    return api.delete(f"/comentarios/{numero}", api.persona(rol, NECESITA))


def dar_un_rol(api: Api, rol: str) -> httpx2.Response:
    """Cambiar el rol de otra persona."""
    nombre = api.persona("lector", NECESITA, "cobaya").nombre
    quien = api.persona(rol, NECESITA)
    return api.patch(f"/usuarios/{nombre}", {"rol": "autor"}, quien)


def ajeno(api: Api) -> Persona:
    """Quien escribe lo que los demás querrían cambiar."""
    return api.persona("autor", NECESITA, "ajeno")


_AJENOS: WeakKeyDictionary[Servicio, str] = WeakKeyDictionary()


def post_ajeno(api: Api) -> str:
    """El slug de un post de esa persona, que nadie va a borrar."""
    if api.servicio not in _AJENOS:
        _AJENOS[api.servicio] = api.crear_post(ajeno(api))["slug"]
    return _AJENOS[api.servicio]


_COMENTARIOS: WeakKeyDictionary[Servicio, int] = WeakKeyDictionary()


def comentario_ajeno(api: Api) -> int:
    """El número de un comentario de esa persona en ese post."""
    if api.servicio not in _COMENTARIOS:
        nuevo = api.comentar(post_ajeno(api), ajeno(api), "Mío")
        _COMENTARIOS[api.servicio] = nuevo["id"]
    return _COMENTARIOS[api.servicio]


TABLA: dict[Accion, dict[str, int]] = {
    crear: {"lector": 403, "autor": 201, "editor": 201, "admin": 201},
    comentar: {"lector": 201, "autor": 201, "editor": 201, "admin": 201},
    cambiar_ajeno: {"lector": 403, "autor": 403, "editor": 200, "admin": 200},
    borrar_ajeno: {"lector": 403, "autor": 403, "editor": 204, "admin": 204},
    cambiar_comentario_ajeno: {
        "lector": 403,
        "autor": 403,
        "editor": 200,
        "admin": 200,
    },
    borrar_comentario_ajeno: {"lector": 403, "autor": 403, "editor": 204, "admin": 204},
    dar_un_rol: {"lector": 403, "autor": 403, "editor": 403, "admin": 200},
}
"""Quién puede hacer qué: la misma tabla del README."""


@pytest.mark.parametrize("rol", ROLES)
@pytest.mark.parametrize("accion", TABLA, ids=lambda accion: accion.__name__)
def test_la_tabla_de_permisos(api: Api, accion: Accion, rol: str) -> None:
    """Cada rol puede hacer lo que dice la tabla del contrato, y nada más."""
    esperado = TABLA[accion][rol]
    respuesta = accion(api, rol)
    al = f"intentar, con rol {rol}: {accion.__doc__}"
    if esperado >= 400:
        rechaza(respuesta, esperado, al)
    else:
        espera(respuesta, esperado, al=al)


def test_cada_cual_cambia_lo_suyo(api: Api) -> None:
    """Un autor cambia, borra y restaura sus posts; y un lector, sus comentarios."""
    autor, lector = api.persona("autor", NECESITA), api.persona("lector", NECESITA)
    ruta = f"/posts/{api.crear_post(autor)['slug']}"
    espera(api.patch(ruta, {"titulo": "Mío"}, autor), 200, al="cambiar un post propio")
    espera(api.delete(ruta, autor), 204, al="borrar un post propio")
    for otro in (ajeno(api), lector):
        respuesta = api.post(f"{ruta}/restaurar", None, otro)
        espera(respuesta, 403, 404, al="restaurar un post ajeno sin ser editor")
    vuelto = api.post(f"{ruta}/restaurar", None, autor)
    espera(vuelto, 200, al="restaurar un post propio")
    espera(api.delete(ruta, autor), 204, al="borrarlo otra vez")
    editor = api.persona("editor", NECESITA)
    vuelto = api.post(f"{ruta}/restaurar", None, editor)
    espera(vuelto, 200, al="restaurar un post ajeno con rol editor")
    leido = json_de(espera(api.get(ruta), 200, al="leer el post restaurado"))
    comprueba(
        leido.get("autor") == autor.nombre,
        f"Se esperaba que siguiera siendo de {autor.nombre}, y llegó {leido}",
    )
    numero = api.comentar(ruta.removeprefix("/posts/"), lector, "Mío")["id"]
    suyo = f"/comentarios/{numero}"
    cambio = api.patch(suyo, {"contenido": "Más mío"}, lector)
    propio = json_de(espera(cambio, 200, al="cambiar un comentario propio"))
    cambio = api.patch(suyo, {"contenido": "Corregido"}, editor)
    corregido = json_de(espera(cambio, 200, al="corregir uno ajeno con rol editor"))
    comprueba(
        corregido == propio | {"contenido": "Corregido"},
        f"Se esperaba que siguiera siendo de {lector.nombre}, y llegó {corregido}",
    )
    rechaza(api.delete(suyo, autor), 403, "borrar un comentario ajeno en un post mío")
    espera(api.delete(suyo, lector), 204, al="borrar un comentario propio")


def test_un_borrador_es_de_su_autor(api: Api) -> None:
    """Lo ven su autor y los editores; para los demás no existe: 404 y no 403."""
    autor = api.persona("autor", NECESITA)
    post = api.crear_post(autor)
    ruta, lector = f"/posts/{post['slug']}", api.persona("lector", NECESITA)
    suyo = f"/comentarios/{api.comentar(post['slug'], lector, 'Mío')['id']}"
    retirar = api.patch(ruta, {"estado": "borrador"}, autor)
    espera(retirar, 200, al="devolver un post a borrador")
    espera(api.get(ruta, autor), 200, al="leer un borrador propio")
    cambio = api.patch(suyo, {"contenido": "x"}, lector)
    rechaza(cambio, 404, "cambiar un comentario de lo que ahora es un borrador ajeno")
    for rol in ("editor", "admin"):
        quien = api.persona(rol, NECESITA)
        espera(api.get(ruta, quien), 200, al=f"leer un borrador con rol {rol}")
    for quien in (ajeno(api), api.persona("lector", NECESITA)):
        rechaza(api.get(ruta, quien), 404, "leer un borrador ajeno")
        leer = api.get(f"{ruta}/comentarios", quien)
        rechaza(leer, 404, "leer los comentarios de un borrador ajeno")
        comentario = api.post(f"{ruta}/comentarios", {"contenido": "x"}, quien)
        rechaza(comentario, 404, "comentar un borrador ajeno")
        for metodo, datos in (("PATCH", {"titulo": "x"}), ("DELETE", None)):
            suyo = api.pedir(metodo, ruta, quien, json=datos)
            nada = api.pedir(metodo, f"/posts/{unico('nada')}", quien, json=datos)
            espera(suyo, 403, 404, al="cambiar o borrar un borrador ajeno")
            comprueba(
                suyo.status_code == nada.status_code,
                "Se esperaba la misma respuesta que si el borrador no existiera "
                f"({nada.status_code}), y llegó {suyo.status_code}",
            )
    editor = api.persona("editor", NECESITA)
    publicado = api.patch(ruta, {"estado": "publicado"}, editor)
    post = json_de(espera(publicado, 200, al="publicar un borrador con rol editor"))
    comprueba(
        post["autor"] == autor.nombre,
        f"Se esperaba que el autor siguiera siendo {autor.nombre}, y llegó {post}",
    )


def test_un_post_sin_autor_es_de_los_editores(api: Api) -> None:
    """Los de antes de las cuentas no son de nadie: solo los cambia un editor."""
    url, otra = api.ajuste("DATABASE_URL"), ajeno(api)
    slug = api.crear_post(otra)["slug"]
    if not dejar_sin_autor(url, slug, otra.nombre):
        return  # la base no lo permite: no puede haber posts así
    ruta = f"/posts/{slug}"
    leido = json_de(espera(api.get(ruta), 200, al="leer un post sin autor"))
    comprueba(leido.get("autor") is None, f"Se esperaba autor: null, y llegó {leido}")
    for metodo, datos in (("PATCH", {"titulo": "Mío"}), ("DELETE", None)):
        for quien in (otra, api.persona("lector", NECESITA)):
            respuesta = api.pedir(metodo, ruta, quien, json=datos)
            rechaza(respuesta, 403, "cambiar o borrar un post sin autor")
    cambio = api.patch(ruta, {"titulo": "T"}, api.persona("editor", NECESITA))
    post = json_de(espera(cambio, 200, al="cambiarlo con rol editor"))
    comprueba(post.get("autor") is None, f"Se esperaba autor: null, y llegó {post}")


def rol_de(api: Api, quien: Persona) -> str:
    """Su rol, según GET /usuarios/yo."""
    cuenta = json_de(espera(api.get("/usuarios/yo", quien), 200, al="ver mi cuenta"))
    return str(cuenta.get("rol"))


def test_nadie_se_registra_con_un_rol(api: Api) -> None:
    """Quien se registra es lector, aunque pida otra cosa."""
    nombre = unico("trepa")
    for rol in ("autor", "editor", "admin"):
        datos = {"nombre": nombre, "password": CLAVE, "rol": rol}
        rechaza(api.post("/usuarios", datos), 422, f"registrarse con rol {rol}")
    espera(api.registrar(nombre), 201, al=f"registrarse ({NECESITA})")
    tiene = rol_de(api, api.abrir_sesion(nombre, necesita=NECESITA))
    comprueba(tiene == "lector", f"Se esperaba el rol lector, y llegó «{tiene}»")


@pytest.mark.parametrize("rol", ["lector", "autor", "editor"])
def test_nadie_se_sube_el_rol(api: Api, rol: str) -> None:
    """Ni por la cuenta propia ni por la ruta de los roles: hace falta un admin."""
    persona = api.persona(rol, NECESITA)
    for datos in ({"rol": "admin"}, {"biografia": "x", "rol": "admin"}):
        propia = api.patch("/usuarios/yo", datos, persona)
        rechaza(propia, 422, "cambiarse el rol con PATCH /usuarios/yo")
    ruta = f"/usuarios/{persona.nombre}"
    suya = api.patch(ruta, {"rol": "admin"}, persona)
    rechaza(suya, 403, f"cambiarse el rol siendo {rol}")
    rechaza(api.patch(ruta, {"rol": "admin"}), 401, "cambiar un rol sin token")
    tiene = rol_de(api, persona)
    comprueba(tiene == rol, f"Se esperaba que siguiera siendo {rol}, y es {tiene}")


def test_un_rol_vale_desde_que_se_cambia(api: Api) -> None:
    """Un cambio de rol vale para los tokens que ya había: se mira en la base."""
    jefa, persona = api.admin(), api.nueva("autor", NECESITA)
    suyo = f"/posts/{api.crear_post(persona)['slug']}"
    ruta = f"/usuarios/{persona.nombre}"
    datos = {"titulo": "Otro", "contenido": "Otro."}
    cambio = json_de(
        espera(api.patch(ruta, {"rol": "lector"}, jefa), 200, al="bajarlo")
    )
    comprueba(
        (cambio.get("nombre"), cambio.get("rol")) == (persona.nombre, "lector"),
        f"Se esperaba la cuenta de {persona.nombre} con rol lector, y llegó {cambio}",
    )
    rechaza(api.post("/posts", datos, persona), 403, "escribir tras dejar de ser autor")
    tarde = api.patch(suyo, {"titulo": "T"}, persona)
    rechaza(tarde, 403, "cambiar un post suyo tras dejar de ser autor")
    rechaza(api.delete(suyo, persona), 403, "borrarlo tras dejar de ser autor")
    espera(api.delete(suyo, jefa), 204, al="borrarlo siendo admin")
    tarde = api.post(f"{suyo}/restaurar", None, persona)
    espera(tarde, 403, 404, al="restaurarlo tras dejar de ser autor")
    espera(api.patch(ruta, {"rol": "editor"}, jefa), 200, al="subirlo a editor")
    espera(api.post("/posts", datos, persona), 201, al="escribir siendo editor")
    espera(api.patch(ruta, {"rol": "admin"}, jefa), 200, al="subirlo a admin")
    suya = api.patch(ruta, {"rol": "admin"}, persona)
    espera(suya, 200, al="dar un rol siendo admin")
    espera(api.patch(ruta, {"rol": "lector"}, jefa), 200, al="bajar a otro admin")
    tiene = rol_de(api, persona)
    comprueba(tiene == "lector", f"Se esperaba que ya no fuera admin, y es {tiene}")
    rechaza(api.patch(ruta, {"rol": "admin"}, persona), 403, "dar roles tras dejarlo")


def test_roles_y_cuentas_que_no_existen(api: Api) -> None:
    """Un rol inventado es 422, y una cuenta inventada, 404."""
    jefa, persona = api.admin(), api.persona("lector", NECESITA)
    ruta = f"/usuarios/{persona.nombre}"
    for malo in (
        {"rol": "dios"},
        {"rol": ""},
        {"rol": None},
        {"rol": "ADMIN"},
        {},
        {"nombre": "otro"},
        {"rol": "autor", "biografia": "x"},
    ):
        rechaza(api.patch(ruta, malo, jefa), 422, f"dar el rol {malo}")
    nadie = api.patch(f"/usuarios/{unico('nadie')}", {"rol": "autor"}, jefa)
    rechaza(nadie, 404, "cambiar el rol de quien no existe")
    comprueba(
        rol_de(api, persona) == "lector", "Se esperaba que siguiera siendo lector"
    )


@pytest.mark.aislada
def test_el_primer_admin_sale_de_los_ajustes(api: Api) -> None:
    """Al arrancar se crea el de ADMIN_USER; si ese nombre ya existe, no se toca."""
    jefa, clave = api.admin(), "otra contraseña nueva"
    comprueba(rol_de(api, jefa) == "admin", "Se esperaba que ADMIN_USER fuera admin")
    rechaza(api.registrar(jefa.nombre), 409, "registrarse con el nombre del admin")
    ana = api.nueva(necesita=NECESITA)
    api.servicio.reiniciar(ADMIN_USER=ana.nombre, ADMIN_PASSWORD=clave)
    espera(api.entrar(ana.nombre, CLAVE), 200, al="entrar con la de siempre")
    nueva = api.entrar(ana.nombre, clave)
    rechaza(nueva, 401, "entrar con la de los ajustes, si la cuenta ya existía")
    for quien, rol in ((jefa, "admin"), (ana, "lector")):
        tiene = rol_de(api, quien)
        comprueba(tiene == rol, f"Se esperaba que siguiera siendo {rol}, y es {tiene}")
    api.servicio.reiniciar(ADMIN_USER="segunda", ADMIN_PASSWORD=clave)
    segunda = api.abrir_sesion("segunda", clave, NECESITA)
    tiene = rol_de(api, segunda)
    comprueba(tiene == "admin", f"Se esperaba otro admin, y es {tiene}")


def test_los_permisos_se_niegan_con_la_forma_de_los_errores(api: Api) -> None:
    """401 y 403 tienen la misma forma que los demás errores (R3 necesita R1)."""
    lector = api.persona("lector", NECESITA)
    problema(api.get("/usuarios/yo"), 401, "ver mi cuenta sin token")
    problema(api.get("/usuarios/yo", "a.b.c"), 401, "usar un token malo")
    datos = {"titulo": "No", "contenido": "No."}
    problema(api.post("/posts", datos, lector), 403, "escribir siendo lector")
    suyo = f"/posts/{api.crear_post(ajeno(api))['slug']}"
    problema(api.patch(suyo, {"titulo": "No"}, lector), 403, "cambiar un post ajeno")
    problema(api.delete(suyo, lector), 403, "borrar un post ajeno")
    ruta = f"/usuarios/{lector.nombre}"
    problema(api.patch(ruta, {"rol": "autor"}, lector), 403, "darse un rol")
