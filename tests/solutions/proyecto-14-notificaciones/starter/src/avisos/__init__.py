"""Un servicio que avisa: por correo, por SMS y por push."""
