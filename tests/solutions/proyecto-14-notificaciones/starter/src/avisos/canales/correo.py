"""El correo: un servidor SMTP.

Por hacer (R1): un Canal que redacte el mensaje con email.message.EmailMessage (con sus
dos partes, y un Message-ID que no cambie al reintentar) y lo mande con aiosmtplib. Lo
que diga el servidor (4xx, 5xx, nada…) se convierte en una Respuesta.
Se aprende en: https://docs.python.org/3/library/email.examples.html
"""
