"""Las salas: quién está en cada una y cómo se reparte lo que se dice en ellas."""

from __future__ import annotations

from chat.cliente import Cliente


class Salas:
    """Todas las salas del servidor.

    R2: piensa qué necesitas saber de cada una, y de qué tipo. Un cliente no puede estar
    dos veces en la misma sala: ¿qué estructura de datos lo impide por sí sola?
    """

    async def crear(self, nombre: str) -> None:
        """Crea una sala vacía.

        R2: si ya existe, ErrorDeChat("sala_existe", …). Entre un `await` y la línea
        siguiente pueden pasar otras cosas: ¿y si dos la crean a la vez?
        Roadmap 2.4: https://docs.python.org/3/library/asyncio-task.html
        """
        raise NotImplementedError("R2 · crear una sala")

    async def publicar(self, nombre: str, cliente: Cliente, texto: str) -> None:
        """Numera un mensaje y lo reparte a los miembros de la sala.

        R2: solo si quien publica está dentro, y también a él.
        R3: antes de repartirlo hay que guardarlo.
        R5: con 200 miembros, uno no lee y otro acaba de irse. Y si dos publican a la
        vez, todos tienen que recibirlo en el mismo orden (busca asyncio.Lock).
        """
        raise NotImplementedError("R2 · publicar en una sala")
