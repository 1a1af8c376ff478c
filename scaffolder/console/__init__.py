"""What a person sees and presses: output, click in Spanish, signals.

Imports nothing of ours but `errors`.
"""
