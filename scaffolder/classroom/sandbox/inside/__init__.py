"""What a pod is shown; nothing here is imported by the toolkit."""
