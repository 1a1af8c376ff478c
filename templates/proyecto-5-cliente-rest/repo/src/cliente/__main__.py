"""Prueba el cliente a mano: python -m cliente DIRECCIÓN RUTA."""

import json
import os
import sys

from cliente import Cliente, ErrorDeCliente


def main() -> int:
    """Pide la ruta y enseña lo que llega."""
    if len(sys.argv) != 3:
        print("uso: python -m cliente DIRECCIÓN RUTA", file=sys.stderr)
        return 2
    clave = os.environ.get("CLIENTE_CLAVE", "sin-clave")
    try:
        with Cliente(sys.argv[1], clave=clave) as cliente:
            respuesta = cliente.pedir("GET", sys.argv[2])
            print(json.dumps(respuesta.datos, indent=2, ensure_ascii=False))
    except ErrorDeCliente as error:
        print(f"cliente: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
