"""Scripts for whoever works on the templates; none of this reaches the wheel."""
