"""Lo que puede salir mal y se le explica a quien usa el programa."""


class ErrorDeUso(Exception):
    """La orden o la configuración están mal: el programa acaba con un 2."""


class ErrorDeEscritura(Exception):
    """El informe no se pudo guardar: el programa acaba con un 1."""
