# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""La carpeta que sirven las pruebas, y lo que hay fuera de ella y nadie debe ver."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from functools import cache
from pathlib import Path

TESORO = "el tesoro está enterrado bajo el roble"
ABECEDARIO = b"abcdefghijklmnopqrstuvwxyz"
GRANDE = random.Random(4).randbytes(1_500_000)
MODIFICADO = 1_700_000_000
"""Cuándo se cambió todo por última vez: el 14 de noviembre de 2023 a las 22:13:20."""

ARCHIVOS: dict[str, bytes] = {
    "index.html": "<!doctype html><title>Inicio</title><h1>¡Hola!</h1>".encode(),
    "estilo.css": b"body { color: teal }",
    "app.js": b"console.log('hola')",
    "datos.json": b'{"a": 1}',
    "foto.png": b"\x89PNG\r\n\x1a\n\x00\x01\x02\xff",
    "dibujo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "nota.txt": ABECEDARIO,
    "MAYUSCULAS.TXT": b"grita",
    "tabla.csv": b"a,b",
    "foto.jpg": b"\xff\xd8\xff",
    "OTRA.JpG": b"\xff\xd8\xff\xe0",
    "pagina.html.zzz": b"<p>no es HTML",
    "html": b"no tiene punto",
    "v1.2.html": b"<p>uno punto dos",
    "foto.jpeg": b"\xff\xd8",
    "baile.gif": b"GIF89a",
    "foto.webp": b"RIFF",
    "favicon.ico": b"\x00\x00\x01\x00",
    "papel.pdf": b"%PDF-1.7",
    "letra.woff2": b"wOF2",
    "vacio.txt": b"",
    "sin_extension": b"\x00\x01\x02",
    "raro.zzz": b"?",
    "mi página ñ.html": "<p>ñ</p>".encode(),
    "100%25.txt": b"cien por cien",
    "a+b.txt": b"suma",
    "hola/mundo": b"un archivo que se llama como una ruta",
    "sub/index.html": b"<h1>sub</h1>",
    "sub/otro.txt": b"otro",
    "sub ñ/index.html": b"<h1>otra</h1>",
    "sin_indice/algo.txt": b"algo",
    "enlazada/algo.txt": b"algo",
    ".env": f"CLAVE={TESORO}".encode(),
    ".git/config": TESORO.encode(),
    "sub/.oculto": TESORO.encode(),
    "sub/.ocultos/clave.txt": TESORO.encode(),
    "grande.bin": GRANDE,
}


@cache
def llenar(raiz: Path) -> Path:
    """Crea los archivos, y al lado los que no hay que servir. Devuelve la raíz."""
    for nombre, datos in ARCHIVOS.items():
        archivo = raiz / nombre
        archivo.parent.mkdir(parents=True, exist_ok=True)
        archivo.write_bytes(datos)
        os.utime(archivo, (MODIFICADO, MODIFICADO))
    (raiz.parent / "secreto.txt").write_text(TESORO, encoding="utf-8")
    hermana = raiz.with_name(f"{raiz.name}-privado")
    hermana.mkdir(exist_ok=True)
    (hermana / "clave.txt").write_text(TESORO, encoding="utf-8")
    (hermana / "index.html").write_text(TESORO, encoding="utf-8")
    enlaces = {
        "fuera.txt": Path("..", "secreto.txt"),
        "carpeta_fuera": Path("..", hermana.name),
        "enlazada/index.html": Path("..", "..", "secreto.txt"),
        "a_la_vista.txt": Path(".env"),
        "git": Path(".git"),
        "dentro.txt": Path("nota.txt"),
        "bucle.txt": Path("bucle.txt"),
        "roto.txt": Path("no-existe.txt"),
    }
    for nombre, destino in enlaces.items():
        # En Windows, crear enlaces pide permisos: sin ellos, esas pruebas se saltan.
        with suppress(FileExistsError, OSError, NotImplementedError):
            (raiz / nombre).symlink_to(destino)
    if hasattr(os, "mkfifo"):
        with suppress(OSError):
            os.mkfifo(raiz / "tuberia.txt")
    return raiz
