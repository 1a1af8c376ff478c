"""Un cliente para APIs REST: todo lo que se usa desde fuera está aquí."""

from cliente.cliente import Cliente
from cliente.errores import (
    CircuitoAbierto,
    ErrorDeClave,
    ErrorDeCliente,
    ErrorDeRespuesta,
    RespuestaInvalida,
    SinConexion,
)
from cliente.respuesta import Respuesta

__all__ = [
    "CircuitoAbierto",
    "Cliente",
    "ErrorDeClave",
    "ErrorDeCliente",
    "ErrorDeRespuesta",
    "Respuesta",
    "RespuestaInvalida",
    "SinConexion",
]
