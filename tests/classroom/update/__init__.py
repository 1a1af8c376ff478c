"""`scaffold class update`."""
