"""Cuenta lo que pasa por delante, con una memoria que no crece con el archivo."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analizador.entrada import Entrada, texto_de
from analizador.lectura import Lector
from analizador.texto import recortado

VALORES_MAXIMOS = 10_000
OTROS = "(otros)"
PERCENTILES = (50, 95, 99)


@dataclass(slots=True)
class Cuenta:
    """Cuántas entradas, y cuántas de ellas son errores."""

    entradas: int = 0
    errores: int = 0

    def sumar(self, es_error: bool) -> None:
        """Cuenta una entrada más."""
        self.entradas += 1
        self.errores += es_error

    def como_dict(self) -> dict[str, Any]:
        """Los tres números que se dicen de cualquier grupo de entradas."""
        tasa = self.errores / self.entradas if self.entradas else 0.0
        return {
            "entradas": self.entradas,
            "errores": self.errores,
            "tasa_errores": round(tasa, 4),
        }


class Tabla:
    """Una cuenta por cada valor distinto; a partir de un límite, una para el resto."""

    def __init__(self, limite: int) -> None:
        """Sin efectos. `limite` es cuántos valores distintos se recuerdan."""
        self.limite = limite
        self.cuentas: dict[str, Cuenta] = {}
        self.otros = Cuenta()

    def sumar(self, valor: str, es_error: bool) -> None:
        """Cuenta una entrada con ese valor."""
        valor = recortado(valor)
        cuenta = self.cuentas.get(valor)
        if cuenta is None:
            if len(self.cuentas) < self.limite:
                cuenta = self.cuentas[valor] = Cuenta()
            else:
                cuenta = self.otros
        cuenta.sumar(es_error)

    def filas(self, por_valor: bool = False) -> list[dict[str, Any]]:
        """Las filas, de más a menos entradas (o por valor); «(otros)», al final."""
        ordenadas = sorted(
            self.cuentas.items(),
            key=lambda par: (0 if por_valor else -par[1].entradas, par[0]),
        )
        if self.otros.entradas:
            ordenadas.append((OTROS, self.otros))
        return [{"valor": valor, **cuenta.como_dict()} for valor, cuenta in ordenadas]


class Estadisticas:
    """El resumen de una lectura: se le dan las entradas de una en una."""

    def __init__(self, limite: int = VALORES_MAXIMOS) -> None:
        """Sin efectos. `limite` es cuántos valores distintos recuerda cada tabla."""
        self.total = Cuenta()
        self.desde: datetime | None = None
        self.hasta: datetime | None = None
        self.duraciones = Counter[int]()
        self.nivel = Tabla(limite)
        self.estado = Tabla(limite)
        self.ruta = Tabla(limite)
        self.cliente = Tabla(limite)
        self.minuto = Tabla(limite)

    def agregar(self, entrada: Entrada) -> None:
        """Cuenta una entrada."""
        error = entrada.es_error
        self.total.sumar(error)
        if entrada.nivel is not None:
            self.nivel.sumar(entrada.nivel, error)
        if entrada.estado is not None:
            self.estado.sumar(str(entrada.estado), error)
        if entrada.ruta is not None:
            self.ruta.sumar(entrada.ruta, error)
        if entrada.cliente is not None:
            self.cliente.sumar(entrada.cliente, error)
        if entrada.duracion_ms is not None:
            self.duraciones[entrada.duracion_ms] += 1
        if entrada.momento is not None:
            self._situar(entrada.momento, error)

    def _situar(self, momento: datetime, error: bool) -> None:
        self.minuto.sumar(f"{momento.isoformat()[:16]}Z", error)
        self.desde = min(momento, self.desde or momento)
        self.hasta = max(momento, self.hasta or momento)

    def informe(self, lector: Lector) -> dict[str, Any]:
        """El informe, con la forma que dice el contrato."""
        return {
            "version": 1,
            **self.total.como_dict(),
            "rotas": lector.rotas,
            "desde": texto_de(self.desde),
            "hasta": texto_de(self.hasta),
            "duracion_ms": {
                "entradas": self.duraciones.total(),
                **{f"p{p}": percentil(self.duraciones, p) for p in PERCENTILES},
            },
            "tablas": {
                "nivel": self.nivel.filas(),
                "estado": self.estado.filas(),
                "ruta": self.ruta.filas(),
                "cliente": self.cliente.filas(),
                "minuto": self.minuto.filas(por_valor=True),
            },
            "muestra_rotas": [
                {"origen": rota.origen, "linea": rota.linea, "texto": rota.texto}
                for rota in lector.muestra
            ],
        }


def percentil(cuenta: Counter[int], p: int) -> int | None:
    """El valor más pequeño que deja por debajo, o igual, al menos el p % de los datos.

    Es el «rango más próximo»: la definición 1 de Hyndman y Fan (1996), la inversa de la
    función de distribución empírica. Siempre es un valor que ocurrió de verdad, y basta
    con saber cuántas veces salió cada uno.
    """
    # Con enteros: 0.95 no se puede escribir exacto en binario.
    rango = -(-p * cuenta.total() // 100)
    vistos = 0
    for valor in sorted(cuenta):
        vistos += cuenta[valor]
        if vistos >= rango:
            return valor
    return None
