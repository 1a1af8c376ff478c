# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Una librería con páginas solo para socios: hay que entrar con un formulario."""

from __future__ import annotations

import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from requisitos.sitio_web import (
    Peticion,
    Respuesta,
    SitioWeb,
    enlace,
    libro,
    pagina,
    redireccion,
)

USUARIO = "ana@example.org"
CLAVE = "ñandú & 100% = +sí"

BUSCADOR = (
    "<form action='/buscar'><input type=hidden name=csrf value=del-buscador>"
    "<input type=text name=q></form>"
)


class SitioConSocios(SitioWeb):
    """La portada es de todos; las páginas /socios/1, /socios/2… piden haber entrado.

    - Quien no ha entrado es enviado a /entrar?volver=…
    - El formulario se envía a /sesion con un campo oculto `csrf` que solo vale una vez
      y en el navegador (la cookie `previa`) al que se le dio.
    - Si la contraseña no vale, se contesta 200 con el formulario otra vez.
    """

    def __init__(
        self,
        socios: int,
        usos: int | None = None,
        usuario: str = USUARIO,
        clave: str = CLAVE,
        puerto: int = 0,
    ) -> None:
        """Con `socios` páginas; cada sesión vale para `usos` de ellas (None: todas)."""
        self.socios = [f"/socios/{numero}" for numero in range(1, socios + 1)]
        self.usos = usos
        self.valido = usuario, clave
        self.imposibles: set[str] = set()
        self.envio = "sesion"
        self.ocupado = 0
        """Cuántas veces contesta 503 al formulario antes de atenderlo."""
        self.sesiones: dict[str, int | None] = {}
        self.pendientes: dict[str, str] = {}
        self.entradas: list[dict[str, str]] = []
        """Los campos de cada formulario enviado."""
        super().__init__(puerto=puerto)

    def codigos(self) -> set[str]:
        """Los de todos los libros, el de la portada incluido."""
        return {"PORTADA", *map(codigo_de, self.socios)}

    def responde(self, peticion: Peticion) -> Respuesta:
        """Decide según la ruta y las cookies."""
        ruta = peticion.ruta.partition("?")[0]
        galletas = SimpleCookie(peticion.cabeceras.get("Cookie", ""))
        cookies = {nombre: valor.value for nombre, valor in galletas.items()}
        if ruta == "/":
            return self.portada()
        if ruta == "/entrar-en-la-feria":  # no es la de entrada
            return html("<p>Entradas para la feria</p>")
        if ruta == "/entrar" and peticion.metodo == "GET":
            return self.formulario()
        if ruta == "/sesion" and peticion.metodo == "POST":
            if self.ocupado:
                self.ocupado -= 1
                return Respuesta(b"", 503, cabeceras={"Retry-After": "0"})
            return self.entrar(peticion, cookies.get("previa", ""))
        if ruta not in self.socios:
            return super().responde(peticion)
        if ruta in self.imposibles or not self.vale(cookies.get("sid", "")):
            return redireccion(f"/entrar?volver={ruta}")
        return html(libro(codigo_de(ruta)))

    def portada(self) -> Respuesta:
        """La página que ve todo el mundo, con los enlaces a las demás."""
        entradas = [enlace("/entrar", "Entrar"), enlace("/entrar?desde=portada")]
        entradas.append(enlace("/entrar-en-la-feria"))
        enlaces = [*entradas, *map(enlace, self.socios)]
        return html(libro("PORTADA"), *enlaces)

    def vale(self, sid: str) -> bool:
        """Si la sesión sigue viva; gasta uno de sus usos."""
        quedan = self.sesiones.get(sid, 0)
        if quedan is not None:
            self.sesiones[sid] = max(0, quedan - 1)
        return quedan != 0

    def formulario(self, aviso: str = "") -> Respuesta:
        """El formulario, con un csrf nuevo que lleva signos para complicar la vida."""
        # Un campo que no dice su tipo es de texto.
        tipo = "type='email'" if self.usos is None else ""
        previa, csrf = secrets.token_hex(8), f"{secrets.token_hex(8)}+/=&%"
        self.pendientes[previa] = csrf
        respuesta = html(
            BUSCADOR,
            f"<p>{aviso}</p>",
            f"<FORM METHOD=post ACTION={self.envio}>",
            f"<input type='hidden' name='csrf' value='{csrf.replace('&', '&amp;')}'>",
            "<input type=hidden name=vacio>",
            "<input type=hidden name=VOLVER value=' a&lt;b'>",
            f"<input {tipo} name='correo'><input type='password' name='secreto'>",
            "<input type='checkbox' name='recordarme'><button>Entrar</button>",
            "<input type=text name=apodo></FORM>",
            "<input type=hidden name=de-fuera value=no>",
        )
        cabeceras = {"Set-Cookie": f"previa={previa}; Path=/; HttpOnly"}
        return Respuesta(respuesta.cuerpo, cabeceras=cabeceras)

    def entrar(self, peticion: Peticion, previa: str) -> Respuesta:
        """Comprueba el formulario y abre una sesión."""
        leidos = parse_qs(peticion.cuerpo.decode("utf-8", "replace"), True)
        campos = {nombre: valores[0] for nombre, valores in leidos.items()}
        self.entradas.append(campos)
        if not previa or campos.get("csrf") != self.pendientes.pop(previa, None):
            return Respuesta(b"<h1>Formulario caducado</h1>", 403)
        if (campos.get("correo"), campos.get("secreto")) != self.valido:
            return self.formulario("Ese correo o esa clave no valen")
        sid = secrets.token_hex(16)
        self.sesiones[sid] = self.usos
        # Sin fecha de caducidad: es una «cookie de sesión».
        galleta = {"Set-Cookie": f"sid={sid}; Path=/; HttpOnly", "Location": "/"}
        return Respuesta(b"", 303, None, galleta)


def codigo_de(ruta: str) -> str:
    """El libro que hay en una página de socios."""
    return f"SOCIO-{ruta.rpartition('/')[2]}"


def html(*trozos: str) -> Respuesta:
    """Una página completa."""
    return Respuesta(pagina(*trozos).encode())
