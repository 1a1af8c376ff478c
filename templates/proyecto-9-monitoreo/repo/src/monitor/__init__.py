"""API de Monitoreo: comprueba otros servicios, los mide y avisa cuando algo va mal."""
