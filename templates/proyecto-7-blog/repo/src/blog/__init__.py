"""API de Blog: posts, comentarios, usuarios e imágenes."""
