"""The proof: requirements can be met, and cannot be met wrongly."""
