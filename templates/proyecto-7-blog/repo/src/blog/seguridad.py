"""Contraseñas y tokens. Aquí no se sabe nada de HTTP: son funciones con sus pruebas.

Por hacer (R2):

- guardar y comprobar contraseñas con argon2 (argon2.PasswordHasher);
- crear un access token: un JWT firmado con HS256 y SECRET_KEY, que caduca;
- leerlo: con qué algoritmo se comprueba la firma lo decides tú, no el token;
- crear un refresh token, y lo que haga falta para usarlo una sola vez.

Se aprende en: 3.4 Seguridad y Autenticación · OAuth2, JWT
"""
