"""Un registro que cambia de archivo según lo que ocupa."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler


class PorBytes(RotatingFileHandler):
    """Como el de la biblioteca, que cuenta letras: una «ñ» ocupa dos bytes."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
        """Si con este apunte se pasaría de maxBytes."""
        if not os.path.isfile(self.baseFilename):
            return False
        hay = os.path.getsize(self.baseFilename)
        apunte = f"{self.format(record)}{self.terminator}".encode()
        return hay > 0 and hay + len(apunte) > self.maxBytes
