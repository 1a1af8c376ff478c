"""SMS y push: dos proveedores a los que se llega por HTTP, con la misma forma.

Por hacer (R1): un Canal con httpx2.AsyncClient. El plazo es para toda la llamada (el de
httpx2 es por cada lectura), y la Idempotency-Key es la misma en cada intento.
"""
