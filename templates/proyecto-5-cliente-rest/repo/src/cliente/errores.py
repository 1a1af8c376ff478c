"""Todo lo que puede salir mal, con un nombre para cada cosa."""


class ErrorDeCliente(Exception):
    """La base de los demás: con capturar este, se capturan todos."""


class ErrorDeClave(ErrorDeCliente):
    """No hay clave de la API, o no sirve."""


class ErrorDeRespuesta(ErrorDeCliente):
    """La API ha contestado que no (4xx o 5xx)."""

    def __init__(self, estado: int, mensaje: str) -> None:
        """Guarda el código de estado, para quien quiera mirarlo."""
        super().__init__(mensaje)
        self.estado = estado


class SinConexion(ErrorDeCliente):
    """No se ha podido hablar con la API."""


class CircuitoAbierto(ErrorDeCliente):
    """La API lleva un rato fallando: ni siquiera se le pregunta."""


class RespuestaInvalida(ErrorDeCliente):
    """La API ha contestado algo que no se entiende."""
