"""El cortacircuitos de cada proveedor, que comparten todos los procesos (en Redis).

Por hacer (R4): pedir permiso antes de cada llamada, y apuntar después cómo fue. Entre
mirar y apuntar no puede colarse nadie: si no, la llamada de prueba serían diez.
Se aprende en: https://martinfowler.com/bliki/CircuitBreaker.html
"""
