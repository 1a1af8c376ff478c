"""A qué direcciones se puede llamar: a las públicas, y a las internas permitidas.

Quien crea un objetivo decide a qué llama este servidor, que ve sitios que esa persona
no ve (SSRF). Se mira la dirección a la que se va a llamar de verdad, y no el nombre: se
resuelve una vez, y se conecta con lo que se ha mirado.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from monitor.ajustes import Red

NAT64 = 0x64FF9B << 96


class DestinoProhibido(Exception):
    """Ahí no se llama."""


def permitida(direccion: IPv4Address | IPv6Address, redes: Sequence[Red]) -> bool:
    """Si es pública, o está en una de esas redes."""
    direccion = desenvolver(direccion)
    if any(direccion in red for red in redes):
        return True
    return direccion.is_global and not direccion.is_multicast


def desenvolver(direccion: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """La IPv4 que va dentro de una IPv6, de cualquiera de las maneras que hay."""
    if isinstance(direccion, IPv4Address):
        return direccion
    if int(direccion) >> 32 == NAT64 >> 32:
        return IPv4Address(int(direccion) & 0xFFFFFFFF)
    return direccion.ipv4_mapped or direccion.sixtofour or direccion


async def resolver(host: str, puerto: int, redes: Sequence[Red]) -> str:
    """La dirección de un nombre; si alguna de las suyas no vale, DestinoProhibido."""
    bucle = asyncio.get_running_loop()
    encontradas = await bucle.getaddrinfo(host, puerto, type=socket.SOCK_STREAM)
    direcciones = [str(datos[4][0]) for datos in encontradas]
    if not all(permitida(ip_address(una), redes) for una in direcciones):
        raise DestinoProhibido(host)
    return direcciones[0]
