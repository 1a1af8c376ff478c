"""A Dask cluster that somebody else runs: its workers judge, and share nothing but the code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, cast

from scaffolder.errors import Refusal

_SECONDS = "10s"


@contextmanager
def executor_of(address: str) -> Iterator[Executor]:
    """The cluster's executor. What a worker was at when it died is done by another.

    Args:
        address: of its scheduler, as `tcp://host:8786`.

    Raises:
        Refusal: Dask is not installed, or nobody answers.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise Refusal(
            "Para usar un clúster falta Dask.",
            "Instala scaffold con él: uv tool install «scaffolder-roadmap[cluster]»",
        ) from None
    try:
        client: Any = cast("Any", Client)(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refusal(
            f"El clúster «{address}» no responde ({error}).",
            "Revisa la dirección: es la que dice «dask scheduler» al arrancar.",
        ) from error
    with client:
        yield cast("Executor", client.get_executor(pure=False, retries=3))
