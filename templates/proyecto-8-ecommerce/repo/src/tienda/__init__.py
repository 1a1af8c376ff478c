"""E-commerce API: catálogo, carritos, pedidos, pagos y avisos."""
