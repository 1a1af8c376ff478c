"""Un servidor de chat: salas, historial y usuarios por WebSocket."""
