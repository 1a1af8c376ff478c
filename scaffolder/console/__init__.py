"""What a person sees and presses: output, standard streams, click in Spanish, signals.

Imports nothing of ours but `errors`.
"""
